/// Reads and writes the registry of explorations.
struct Registry {
    let connection: MariaDBConnection

    /// An exploration with its id.
    struct Entry {
        let id: Int64
        let exploration: RegisteredExploration
    }

    /// Returns all entries, sorted by name.
    func entries() throws -> [Entry] {
        try entries(try connection.prepared("\(Self.select) ORDER BY name").rows())
    }

    func entry(named name: String) throws -> Entry? {
        try entries(try connection.prepared("\(Self.select) WHERE name = ?").rows([.text(name)])).first
    }

    func entry(ofTable table: String) throws -> Entry? {
        try entries(try connection.prepared("\(Self.select) WHERE table_name = ?").rows([.text(table)])).first
    }

    /// Whether the database has a table or a view of that name.
    func hasTable(_ table: String) throws -> Bool {
        let found = try connection.prepared(
            """
            SELECT COUNT(*) FROM information_schema.tables
            WHERE table_schema = DATABASE() AND LOWER(table_name) = LOWER(?)
            """
        ).rows([.text(table)])
        return found.first?.first?.integerValue != 0
    }

    /// Returns the columns of a table, by lower-case name.
    func columns(ofTable table: String) throws -> Set<String> {
        let found = try connection.prepared(
            """
            SELECT LOWER(column_name) FROM information_schema.columns
            WHERE table_schema = DATABASE() AND LOWER(table_name) = LOWER(?)
            """
        ).rows([.text(table)])
        return Set(found.compactMap { $0[0].textValue })
    }

    /// Returns the definitions that an exploration was registered with, oldest first.
    func definitions(of name: String) throws -> [RegisteredDefinition] {
        try connection.prepared(
            """
            SELECT d.version, d.digest, d.definition, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', d.registered_at)
            FROM ledger_definitions d JOIN explorations e ON e.id = d.exploration_id WHERE e.name = ?
            ORDER BY d.version
            """
        ).rows([.text(name)]).map { cells in
            var cells = CellReader(cells)
            return RegisteredDefinition(
                version: Int(try cells.integer()), digest: try cells.text(), definition: try cells.text(),
                registeredAt: try cells.integer())
        }
    }

    /// Adds an entry. The caller is in a transaction.
    func insert(_ schema: ExplorationSchema) throws {
        try connection.prepared(
            """
            INSERT INTO explorations (name, table_name, digest, definition, created_at, updated_at)
            VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
            """
        ).execute([.text(schema.name), .text(schema.table), .text(schema.digest), .text(schema.definition)])
        try writeColumns(of: schema)
        try addDefinition(schema)
    }

    /// Updates an entry to a compatible definition. The caller is in a transaction.
    func update(_ schema: ExplorationSchema) throws {
        try connection.prepared(
            "UPDATE explorations SET digest = ?, definition = ?, updated_at = UTC_TIMESTAMP(6) WHERE name = ?"
        ).execute([.text(schema.digest), .text(schema.definition), .text(schema.name)])
        try connection.prepared(
            """
            DELETE exploration_columns FROM exploration_columns
            JOIN explorations ON explorations.id = exploration_columns.exploration_id WHERE explorations.name = ?
            """
        ).execute([.text(schema.name)])
        try writeColumns(of: schema)
        if try definitions(of: schema.name).last?.digest != schema.digest { try addDefinition(schema) }
    }

    /// Removes an entry that is not referred to by any attempt.
    func remove(_ name: String) throws {
        try connection.prepared("DELETE FROM explorations WHERE name = ?").execute([.text(name)])
    }

    private func addDefinition(_ schema: ExplorationSchema) throws {
        try connection.prepared(
            """
            INSERT INTO ledger_definitions (exploration_id, version, digest, definition, registered_at)
            SELECT e.id, COALESCE(MAX(d.version), 0) + 1, e.digest, e.definition, e.updated_at
            FROM explorations e LEFT JOIN ledger_definitions d ON d.exploration_id = e.id
            WHERE e.name = ? GROUP BY e.id, e.digest, e.definition, e.updated_at
            """
        ).execute([.text(schema.name)])
    }

    private func writeColumns(of schema: ExplorationSchema) throws {
        let insert = try connection.prepared(
            """
            INSERT INTO exploration_columns (exploration_id, role, position, name, unit, description)
            SELECT id, ?, ?, ?, ?, ? FROM explorations WHERE name = ?
            """)
        for (role, columns) in [("parameter", schema.parameters), ("output", schema.outputs)] {
            for (position, column) in columns.enumerated() {
                try insert.execute([
                    .text(role), .integer(Int64(position)), .text(column.name), .text(column.unit),
                    .text(column.description), .text(schema.name),
                ])
            }
        }
    }

    private static let select: SQL = """
        SELECT id, name, table_name, digest, definition, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', created_at)
        FROM explorations
        """

    private func entries(_ rows: [[Cell]]) throws -> [Entry] {
        let selectColumns = try connection.prepared(
            """
            SELECT name, unit, description FROM exploration_columns WHERE exploration_id = ? AND role = ?
            ORDER BY position
            """)
        return try rows.map { row in
            var row = CellReader(row)
            let id = try row.integer()
            func columns(_ role: String) throws -> [ExplorationSchema.Column] {
                try selectColumns.rows([.integer(id), .text(role)]).map { cells in
                    var cells = CellReader(cells)
                    return ExplorationSchema.Column(
                        name: try cells.text(), unit: try cells.text(), description: try cells.text())
                }
            }
            let name = try row.text()
            let table = try row.text()
            let digest = try row.text()
            let schema = ExplorationSchema(
                name: name, table: table, parameters: try columns("parameter"), outputs: try columns("output"),
                digest: digest, definition: try row.text())
            return Entry(id: id, exploration: RegisteredExploration(schema: schema, createdAt: try row.integer()))
        }
    }
}
