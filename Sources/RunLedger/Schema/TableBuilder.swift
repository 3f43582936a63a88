internal import Support

/// Writes the definition of an exploration's table.
struct TableBuilder {
    let schema: ExplorationSchema
    let table: Identifier
    let parameters: [Identifier]
    let outputs: [Identifier]
    /// Makes a literal of a text; columns' comments cannot be parameters.
    let quote: (String) -> QuotedText

    init(_ schema: ExplorationSchema, quote: @escaping (String) -> QuotedText) throws {
        self.schema = schema
        (table, parameters, outputs) = try RunTable.checkedNames(of: schema)
        self.quote = quote
    }

    var create: SQL {
        """
        CREATE TABLE IF NOT EXISTS \(table) (
            \(columns + keys, separator: ",\n    ")
        ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
        """
    }

    /// Parameters may be NULL for the sake of a point that the ledger hears of from its worker first, as after an
    /// older copy of the database was brought back.
    private var columns: [SQL] {
        let name: SQL = "VARCHAR(\(TextLimit.name)) NULL"
        let point: [SQL] = [
            "\(RunColumns.hash) BINARY(32) NOT NULL COMMENT 'SHA-256 of the point'",
            "\(RunColumns.hashHex) CHAR(64) AS (LOWER(HEX(\(RunColumns.hash)))) VIRTUAL COMMENT 'hash, readable'",
            "\(RunColumns.code) VARCHAR(\(TextLimit.code)) NULL COMMENT 'the parameters in their declared order'",
        ]
        let state: [SQL] = [
            "\(RunColumns.state) ENUM('queued', 'running', 'error', 'completed') NOT NULL",
            "\(RunColumns.verdict) ENUM('stable', 'unstable') NULL COMMENT 'of a completed run'",
        ]
        let run: [SQL] = [
            "\(RunColumns.queuedAt) DATETIME(6) NULL COMMENT 'UTC'",
            "\(RunColumns.startedAt) DATETIME(6) NULL COMMENT 'UTC, of the latest attempt'",
            "\(RunColumns.endedAt) DATETIME(6) NULL COMMENT 'UTC, of the latest attempt'",
            "\(RunColumns.runTime) DOUBLE NULL COMMENT 's, of the latest attempt'",
            "\(RunColumns.attemptCount) INT UNSIGNED NOT NULL DEFAULT 0",
            "\(RunColumns.worker) \(name) COMMENT 'of the latest attempt'",
            "\(RunColumns.model) \(name)",
            "\(RunColumns.modelVersion) \(name)",
            "\(RunColumns.parent) BINARY(32) NULL COMMENT 'hash of the point that this one was reached from'",
            "\(RunColumns.iterations) BIGINT NULL",
            "\(RunColumns.error) TEXT NULL COMMENT 'why the latest attempt failed'",
            "\(RunColumns.message) TEXT NULL COMMENT 'of the model, or why no more attempts are made'",
            "\(RunColumns.artifact) VARCHAR(\(TextLimit.artifact)) NULL COMMENT 'where the files of the run are kept'",
            "\(RunColumns.token) BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'fencing token of the latest attempt'",
        ]
        return point + definitions(schema.parameters, parameters) + state + definitions(schema.outputs, outputs) + run
    }

    private var keys: [SQL] {
        [
            "PRIMARY KEY (\(RunColumns.hash))",
            "KEY \(RunColumns.stateIndex) (\(RunColumns.state), \(RunColumns.verdict))",
        ]
    }

    /// What to alter in a table that was made by an older definition: outputs that it lacks, and comments.
    ///
    /// - Parameters:
    ///   - columns: the table's columns, by lower-case name.
    ///   - unchanged: parameters and outputs that are what they were.
    func changes(columns: Set<String>, unchanged: Set<ExplorationSchema.Column>) -> [SQL] {
        let all = zip(
            schema.parameters + schema.outputs, definitions(schema.parameters + schema.outputs, parameters + outputs))
        let added = all.filter { !columns.contains($0.0.name.lowercased()) }
        let explained = all.filter { columns.contains($0.0.name.lowercased()) && !unchanged.contains($0.0) }
        return added.map { "ALTER TABLE \(table) ADD COLUMN \($0.1)" }
            + explained.map { "ALTER TABLE \(table) MODIFY COLUMN \($0.1)" }
    }

    private func definitions(_ columns: [ExplorationSchema.Column], _ names: [Identifier]) -> [SQL] {
        zip(columns, names).map { column, name in
            let comment = [column.unit, column.description].filter { !$0.isEmpty }.joined(separator: ", ")
            return "\(name) DOUBLE NULL COMMENT \(quote(BoundedText.start(of: comment, characters: 1_000)))"
        }
    }
}
