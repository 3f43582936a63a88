/// One exploration's table of runs, as the writers and readers need it: its validated names.
struct RunTable: Sendable {
    /// The exploration's id in the registry.
    let id: Int64
    let exploration: RegisteredExploration
    let name: Identifier
    let parameters: [Identifier]
    let outputs: [Identifier]

    /// - Throws: ``LedgerError`` with code `invalidName` where a name cannot be a table's or a column's.
    init(id: Int64, _ exploration: RegisteredExploration) throws {
        self.id = id
        self.exploration = exploration
        let names = try Self.checkedNames(of: exploration.schema)
        (name, parameters, outputs) = names
    }

    /// Checks every name of a schema: its form, that none comes twice, that none is taken by the ledger itself.
    static func checkedNames(
        of schema: ExplorationSchema
    ) throws -> (table: Identifier, parameters: [Identifier], outputs: [Identifier]) {
        let table = try Identifier(schema.table, as: "table")
        let lowered = schema.table.lowercased()
        guard !RunColumns.reservedTables.contains(lowered), !lowered.hasPrefix(RunColumns.reservedPrefix) else {
            throw LedgerError(
                .invalidName,
                "An exploration's table cannot be called “\(schema.table)”: the ledger uses that name itself.")
        }
        let parameters = try schema.parameters.map { try Identifier($0.name, as: "parameter") }
        let outputs = try schema.outputs.map { try Identifier($0.name, as: "output") }
        guard !parameters.isEmpty else {
            throw LedgerError(.invalidName, "The exploration “\(schema.name)” has no parameters: name at least one.")
        }
        // The server does not tell the names of columns apart by case.
        var taken = Set(RunColumns.all.map(\.text))
        for name in parameters + outputs where !taken.insert(name.text.lowercased()).inserted {
            let isFixed = RunColumns.all.contains { $0.text == name.text.lowercased() }
            throw LedgerError(
                .invalidName,
                isFixed
                    ? "No parameter or output can be called “\(name.text)”: every table of runs has that column."
                    : "The name “\(name.text)” is there twice among the parameters and outputs of “\(schema.name)”.")
        }
        return (table, parameters, outputs)
    }
}
