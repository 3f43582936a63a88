package import ExplorationFile
package import Logging
internal import ModelRunner
internal import ParameterSpace
package import RunLedger
internal import Support

/// Prepares the ledger for an exploration, or checks that it is prepared.
package struct LedgerSetup: Sendable {
    let definition: ExplorationDefinition
    let ledger: RunLedger
    package let logger: Logger

    package init(
        definition: ExplorationDefinition, ledger: RunLedger, logger: Logger = Logger(label: "ledger")
    ) {
        self.definition = definition
        self.ledger = ledger
        self.logger = logger
    }

    /// Registers the definition. If it has changed compatibly, logs the changes and adapts the ledger.
    ///
    /// - Parameter creates: whether to create missing tables.
    /// - Throws: ``SettingError`` if the exploration is not registered and `creates` is false;
    ///   ``IncompatibleDefinition`` if the registered definition contradicts this one; `LedgerError` for a ledger
    ///   of an older or newer program, and for columns that conflict with the registered ones.
    package func prepare(creates: Bool) async throws {
        if creates {
            _ = try await ledger.migrate()
        } else if try await isRegistered() {
            try await ledger.checkSchema()
        } else {
            throw SettingError(
                description:
                    "the ledger has no exploration '\(definition.name)'; create it with atmos-sql-client --create")
        }
        let definition = definition
        let registration = try await ledger.register(schema) { registered in
            try DefinitionComparison(registered: registered.definition, wanted: definition)?.checkCompatibility()
        }
        if case .changed(let old) = registration { report(old) }
        let space = definition.space
        try await ledger.makeViews(
            of: definition.table, axes: space.axes.map { space.parameters[$0.index].name })
    }

    private func report(_ old: ExplorationSchema) {
        guard old.digest != schema.digest else { return }
        guard let comparison = DefinitionComparison(registered: old.definition, wanted: definition) else {
            logger.warning(
                "definition changed; the registered one is not readable",
                metadata: ["exploration": "\(definition.name)", "was": "\(old.digest)", "now": "\(schema.digest)"])
            return
        }
        for change in comparison.changes {
            logger.warning(
                "definition changed", metadata: ["exploration": "\(definition.name)", "change": "\(change)"])
        }
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
