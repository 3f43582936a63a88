internal import ModelRunner
internal import ParameterSpace
package import RunLedger

/// Makes the ledger ready for an exploration, or makes sure that it is.
package struct LedgerSetup: Sendable {
    let definition: ExplorationDefinition
    let ledger: RunLedger

    package init(definition: ExplorationDefinition, ledger: RunLedger) {
        self.definition = definition
        self.ledger = ledger
    }

    /// - Parameter creates: whether to create what is missing.
    /// - Throws: ``SettingError`` where the exploration is not registered and nothing may be created; `LedgerError`
    ///   where the registered one contradicts the definition.
    package func prepare(creates: Bool) async throws {
        if creates {
            _ = try await ledger.migrate()
        } else if try await !isRegistered() {
            throw SettingError(
                description: "the ledger has no exploration '\(definition.name)'; run atmos-sql-client with --create")
        }
        try await ledger.register(schema)
        let space = definition.space
        try await ledger.makeViews(
            of: definition.table, axes: space.axes.map { space.parameters[$0.index].name })
    }

    private func isRegistered() async throws -> Bool {
        do {
            return try await ledger.registered().contains { $0.name == definition.name }
        } catch let error as LedgerError where [.notMigrated, .unknownDatabase].contains(error.code) {
            return false
        }
    }

    private var schema: ExplorationSchema {
        ExplorationSchema(
            name: definition.name, table: definition.table,
            parameters: definition.space.parameters.map {
                ExplorationSchema.Column(name: $0.name, unit: $0.unit, description: $0.description)
            },
            outputs: definition.model.outputs.map {
                ExplorationSchema.Column(name: $0.name, unit: $0.unit, description: $0.description)
            },
            digest: definition.digest, definition: definition.source)
    }
}
