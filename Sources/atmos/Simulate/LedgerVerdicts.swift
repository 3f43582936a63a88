internal import ExplorationFile
internal import Logging
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import Simulation
internal import Support

/// Reads the verdicts of an exploration's runs, in batches, into a compact table.
enum LedgerVerdicts {
    /// - Throws: ``SettingError`` where the ledger has no such runs; what the ledger throws.
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
                    description: "the ledger has no exploration '\(definition.name)'"
                        + (names.isEmpty ? "" : "; it has \(names.joined(separator: ", "))"))
            }
            // Names of tables and outputs are checked when a definition is read, and hold nothing but letters, digits
            // and underscores.
            let value = output.map { ", `\(definition.model.outputs[$0].name)`" } ?? ""
            let rows = try await ledger.stream(
                "SELECT code, verdict = 'stable'\(value) FROM `\(definition.table)` WHERE state = 'completed'")
            let columns = PointRegister.columns(of: definition.space, for: definition.strategy)
            var table = VerdictTable(definition.space, columns: columns, output: output)
            while case let page = try await rows.next(), !page.isEmpty {
                for row in page {
                    guard let code = row[0].textValue, let point = try? definition.space.point(code: code) else {
                        continue
                    }
                    table.add(
                        point, isStable: row[1].integerValue == 1, output: output.flatMap { _ in row[2].realValue })
                }
            }
            return table
        }
        guard table.count > 0 else {
            throw SettingError(description: "'\(definition.name)' has no completed runs in the ledger")
        }
        return table
    }
}
