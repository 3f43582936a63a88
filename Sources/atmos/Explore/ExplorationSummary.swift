internal import ExplorationFile
internal import LeaseQueue
internal import LocalStack
internal import ParameterSpace
internal import Pipeline
internal import RunLedger
internal import SystemPackage

/// The summary that is printed at the end of an exploration.
struct ExplorationSummary: Sendable {
    let text: String
    /// Whether every point that the search reached has its verdict, as far as the budget goes.
    let isComplete: Bool

    static func make(
        definition: ExplorationDefinition, folder: DataFolder, result: ExplorationMonitor.Result,
        counts: [QueueName: QueueCounts], ledger: RunLedger, axes: MapAxesOptions
    ) async throws -> ExplorationSummary {
        let progress = try await ledger.progress(of: definition.table)
        let warning = counts.deadLetterWarning
        var lines = [
            result.end.sentence(isComplete: warning == nil), result.pace, "", ProgressTable.text(of: progress),
            QueueTable.text(of: counts),
        ]
        if let warning { lines += [warning, ""] }
        if progress.error > 0 { lines += try await errors(of: definition, ledger) }
        if progress.completed > 0, definition.space.parameters.count > 1 {
            let map = try await ExplorationMap.make(of: definition, ledger: ledger, axes: axes)
            let files = try map.write(to: folder.root, name: "map")
            lines.append("map: \(files.map(\.string).joined(separator: " and "))")
        }
        lines.append("ledger: atmos query \"SELECT verdict, COUNT(*) FROM \(definition.table) GROUP BY verdict\"")
        return ExplorationSummary(
            text: lines.joined(separator: "\n"), isComplete: progress.error == 0 && warning == nil)
    }

    private static func errors(of definition: ExplorationDefinition, _ ledger: RunLedger) async throws -> [String] {
        let errors = try await ledger.frequentErrors(of: definition.table, limit: 5, timeLimit: .seconds(60))
        return ["errors, the most frequent first:"] + errors.map { "  \($0.count) × \($0.error)" } + [
            "once their cause is put right, 'atmos retry --exploration \(definition.name)' makes the same command try "
                + "these points again", "",
        ]
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
    /// - Parameter isComplete: whether all messages arrived; otherwise points may be missing.
    fileprivate func sentence(isComplete: Bool) -> String {
        switch self {
        case .finished where !isComplete: "not complete: the queues are empty, but some messages did not arrive"
        case .finished: "finished: nothing is left to run"
        case .limitReached: "the limit is reached; run the same command with a higher --max-points to continue"
        case .budgetSpent(let reason): "\(reason); run the same command with a greater budget to continue"
        case .stoppedByOperator(let state):
            "stopped by the operator (\(state.rawValue)); run the same command to continue"
        }
    }
}

extension [QueueName: QueueCounts] {
    /// A sentence about messages that did not arrive, with the remedy; `nil` if there are none.
    var deadLetterWarning: String? {
        let undelivered = undeliveredMessages
        guard !undelivered.isEmpty else { return nil }
        let places = undelivered.map { "\($0.count) in \($0.queue.rawValue)" }.joined(separator: ", ")
        return "dead letters: \(places): points or verdicts may be missing; 'atmos dead list' shows the errors, "
            + "'atmos dead retry --all' retries the messages, and the same exploration continues from there"
    }
}
