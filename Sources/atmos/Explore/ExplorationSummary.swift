internal import ExplorationFile
internal import LeaseQueue
internal import LocalStack
internal import ParameterSpace
internal import RunLedger
internal import SystemPackage

/// What an exploration came to: printed at its end.
struct ExplorationSummary: Sendable {
    let progress: LedgerProgress
    let text: String

    static func make(
        definition: ExplorationDefinition, folder: DataFolder, result: ExplorationMonitor.Result,
        counts: [QueueName: QueueCounts], ledger: RunLedger, axes: MapAxesOptions
    ) async throws -> ExplorationSummary {
        let progress = try await ledger.progress(of: definition.table)
        var lines = [
            result.end.sentence, result.pace, "", ProgressTable.text(of: progress), QueueTable.text(of: counts),
        ]
        if progress.error > 0 { lines += try await errors(of: definition, ledger) }
        if progress.completed > 0, definition.space.parameters.count > 1 {
            let map = try await ExplorationMap.make(of: definition, ledger: ledger, axes: axes)
            let files = try map.write(to: folder.root, name: "map")
            lines.append("map: \(files.map(\.string).joined(separator: " and "))")
        }
        lines.append("ledger: atmos query \"SELECT verdict, COUNT(*) FROM \(definition.table) GROUP BY verdict\"")
        return ExplorationSummary(progress: progress, text: lines.joined(separator: "\n"))
    }

    private static func errors(of definition: ExplorationDefinition, _ ledger: RunLedger) async throws -> [String] {
        let result = try await ledger.query(
            "SELECT COUNT(*) AS n, error FROM `\(definition.table)` WHERE state = 'error' GROUP BY error "
                + "ORDER BY n DESC, error",
            rowLimit: 5, timeLimit: .seconds(60))
        return ["errors, the most frequent first:"]
            + result.rows.map { "  \($0[0].formatted) × \($0[1].formatted)" } + [""]
    }
}

extension ExplorationMonitor.Result {
    /// `512 points in 4.2 s: 122 points/s`.
    fileprivate var pace: String {
        let seconds = max(0.001, duration / .seconds(1))
        let rate = Double(runs) / seconds
        return "\(runs) points in \((seconds * 10).rounded() / 10) s: \((rate * 10).rounded() / 10) points/s"
    }
}

extension ExplorationMonitor.End {
    fileprivate var sentence: String {
        switch self {
        case .finished: "finished: nothing is left to run"
        case .limitReached: "the limit is reached; started again with a higher --limit, it goes on"
        case .budgetSpent(let reason): "\(reason); started again with a greater budget, it goes on"
        case .stoppedByOperator(let state): "the operator said \(state.rawValue); started again, it goes on"
        }
    }
}
