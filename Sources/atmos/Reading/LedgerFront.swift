internal import ExplorationFile
internal import ParameterSpace
internal import RunLedger

/// Reads from the ledger how the front of a search has moved recently: the ends of its latest runs, and the number of
/// points that arrived between them.
struct LedgerFront: Sendable {
    let definition: ExplorationDefinition
    let ledger: RunLedger

    /// - Returns: `nil` if too few points have been run.
    func read(_ progress: LedgerProgress) async throws -> SearchFront? {
        guard let stretch = SearchFront.windowSize(after: progress.completed) else { return nil }
        let times = try await ledger.latestCompletionTimes(
            of: definition.table, limit: SearchFront.windowCount * stretch + 1)
        // The ends of the windows, the latest first.
        let ends = stride(from: 0, to: times.count, by: stretch).map { times[$0] }
        guard ends.count == SearchFront.windowCount + 1 else { return nil }
        var arrivals = [Int](repeating: 0, count: SearchFront.windowCount)
        try await ledger.forEachInsertionTime(of: definition.table, after: ends[SearchFront.windowCount]) { time in
            // Points that arrived after the latest run belong to the latest window, too.
            arrivals[ends.dropFirst().firstIndex { time > $0 }.map { $0 - 1 } ?? SearchFront.windowCount - 1] += 1
        }
        return SearchFront(
            finished: progress.completed, outstanding: progress.queued + progress.running, windowSize: stretch,
            arrivals: arrivals)
    }
}
