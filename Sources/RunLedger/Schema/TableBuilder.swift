internal import Support

/// Builds the statements that create and alter an exploration's table.
struct TableBuilder {
    let schema: ExplorationSchema
    let table: Identifier
    let parameters: [Identifier]
    let outputs: [Identifier]
    /// Makes an SQL literal of a text; columns' comments cannot be parameters.
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

    /// Parameters may be NULL, for a point that the ledger first learns of from its worker, for instance after an older
    /// copy of the database was restored.
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

    /// Returns the changes of a table that was made from an older definition: outputs that it lacks, and comments.
    ///
    /// - Parameters:
    ///   - columns: the table's columns, by lower-case name.
    ///   - unchanged: parameters and outputs that have not changed.
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

/// A difference between a definition's columns and the registered ones.
struct SchemaDifference: CustomStringConvertible {
    /// The item that differs, such as 'parameter 2'.
    let subject: String
    /// The registered and the wanted item; `nil` if it is missing.
    let was: String?
    let now: String?

    var description: String { "  \(subject)\n    was: \(was ?? "nothing")\n    now: \(now ?? "nothing")" }

    /// Returns the differences that cannot be reconciled. Outputs may be added at the end and descriptions may change;
    /// everything else must be the same.
    static func conflicts(registered: ExplorationSchema, wanted: ExplorationSchema) -> [SchemaDifference] {
        var found: [SchemaDifference] = []
        if registered.table != wanted.table {
            found.append(SchemaDifference(subject: "table", was: registered.table, now: wanted.table))
        }
        return found + compare("parameter", registered.parameters, wanted.parameters, mayGrow: false)
            + compare("output", registered.outputs, wanted.outputs, mayGrow: true)
    }

    private static func compare(
        _ role: String, _ old: [ExplorationSchema.Column], _ new: [ExplorationSchema.Column], mayGrow: Bool
    ) -> [SchemaDifference] {
        (0..<max(old.count, new.count)).compactMap { position in
            let was = position < old.count ? old[position] : nil
            let now = position < new.count ? new[position] : nil
            if was?.name == now?.name && was?.unit == now?.unit || was == nil && mayGrow { return nil }
            return SchemaDifference(subject: "\(role) \(position + 1)", was: was.map(text), now: now.map(text))
        }
    }

    private static func text(_ column: ExplorationSchema.Column) -> String {
        column.unit.isEmpty ? column.name : "\(column.name), in \(column.unit)"
    }
}

/// An index that tables of runs once had. No query needs it, since the code of a point determines its hash, and it cost
/// every insertion a fifth of its time.
enum RetiredKey {
    /// Drops it while others read and write the table. Keeps it if the user lacks the privilege: it does not harm.
    static func drop(from table: Identifier, on connection: MariaDBConnection) throws {
        let found = try connection.prepared(
            """
            SELECT COUNT(*) FROM information_schema.statistics
            WHERE table_schema = DATABASE() AND table_name = ? AND index_name = 'by_code'
            """
        ).rows([.text(table.text)])
        guard found.first?.first?.integerValue != 0 else { return }
        do {
            try connection.execute("ALTER TABLE \(table) DROP KEY `by_code`, ALGORITHM = INPLACE, LOCK = NONE")
        } catch let error as MariaDBError where error.isMissingPrivilege {}
    }
}
