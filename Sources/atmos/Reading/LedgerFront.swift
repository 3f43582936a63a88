internal import ExplorationFile
internal import ParameterSpace
internal import RunLedger

/// Reads from the ledger how the front of a search has moved of late: when its latest runs ended, and how many points
/// came in meanwhile.
struct LedgerFront: Sendable {
    let definition: ExplorationDefinition
    let ledger: RunLedger

    /// - Returns: nil where too few points have been run.
    func read(_ progress: LedgerProgress) async throws -> SearchFront? {
        guard let stretch = SearchFront.windowSize(after: progress.completed) else { return nil }
        let bounds = try await bounds(every: stretch)
        guard bounds.count == SearchFront.windowCount + 1 else { return nil }
        var arrivals = [Int](repeating: 0, count: SearchFront.windowCount)
        let rows = try await ledger.stream(
            """
            SELECT \(Self.microseconds("queued_at")) FROM `\(definition.table)`
            WHERE queued_at > '1970-01-01' + INTERVAL \(bounds[SearchFront.windowCount]) MICROSECOND
            """)
        while case let page = try await rows.next(), !page.isEmpty {
            for row in page {
                guard let time = row[0].integerValue else { continue }
                // What came in after the latest run belongs to the latest stretch, too.
                arrivals[bounds.dropFirst().firstIndex { time > $0 }.map { $0 - 1 } ?? SearchFront.windowCount - 1] += 1
            }
        }
        return SearchFront(
            finished: progress.completed, outstanding: progress.queued + progress.running, windowSize: stretch,
            arrivals: arrivals)
    }

    /// When stretches of runs ended, the latest first, in microseconds since 1970.
    private func bounds(every stretch: Int) async throws -> [Int64] {
        let latest = try await ledger.query(
            """
            SELECT \(Self.microseconds("ended_at")) FROM `\(definition.table)` WHERE state = 'completed'
            ORDER BY ended_at DESC
            """, rowLimit: SearchFront.windowCount * stretch + 1)
        return stride(from: 0, to: latest.rows.count, by: stretch).compactMap { latest.rows[$0][0].integerValue }
    }

    private static func microseconds(_ column: String) -> String {
        "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', \(column))"
    }
}
