internal import ExplorationFile
internal import Logging
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import Simulation
internal import Support

/// Reads the verdicts of an exploration's runs, in batches, into a compact table.
enum LedgerVerdicts {
    /// - Throws: ``SettingError`` if the ledger does not have such runs; the errors of the ledger.
    static func read(
        for definition: ExplorationDefinition, data: DataOptions, logger: Logger
    ) async throws -> VerdictTable {
        var output: Int?
        if case .adaptive(let adaptive) = definition.strategy, case .output(let index, _) = adaptive.target {
            output = index
        }
        let table = try await data.withLedger(of: definition.name, logger: logger) { [output] ledger, _ in
            let names = try await ledger.registered().map(\.name)
            guard names.contains(definition.name) else {
                throw SettingError(
                    description: "the ledger does not have the exploration '\(definition.name)'"
                        + (names.isEmpty ? "" : "; it has \(names.joined(separator: ", "))"))
            }
            let columns = PointTable.columns(of: definition.space, for: definition.strategy)
            var table = VerdictTable(definition.space, columns: columns, output: output)
            try await ledger.forEachCompletedRun(
                of: definition.table, columns: output.map { [definition.model.outputs[$0].name] } ?? [], withCode: true
            ) { run in
                guard let code = run.code, let point = try? definition.space.point(code: code) else { return }
                table.add(point, isStable: run.verdict == .stable, output: run.values.first ?? nil)
            }
            return table
        }
        guard table.count > 0 else {
            throw SettingError(description: "'\(definition.name)' does not have completed runs in the ledger")
        }
        return table
    }
}
