package import ParameterSpace

/// The estimates of the remaining runs during the replay of a search, together with the true numbers.
package struct EstimateTrace {
    /// An estimate during the search.
    package struct Reading: Sendable {
        /// The fraction of all runs that are done.
        package let done: Double
        /// The true number of remaining runs.
        package let truth: Int
        package let remaining: RemainingRuns
    }

    private let strategy: Strategy
    private let space: Space
    private let finished: [FinishedPoint]
    /// The number of outstanding points after each run.
    private let outstanding: [Int]
    /// Whether the search was completed.
    package let isComplete: Bool

    /// - Parameter limit: the largest number of runs.
    package init?(
        _ strategy: Strategy, in space: Space, upTo limit: Int = .max, oracle: @escaping SearchReplay.Oracle
    ) {
        guard let search = strategy.search(in: space), let start = space.start else { return nil }
        self.strategy = strategy
        self.space = space
        var replay = SearchReplay(search, start: start, oracle: oracle)
        var outstanding: [Int] = []
        var generator = SystemRandomNumberGenerator()
        while replay.finished.count < limit {
            replay.run(upTo: replay.finished.count + 1, generator: &generator)
            guard replay.finished.count > outstanding.count else { break }
            outstanding.append(replay.outstanding)
        }
        finished = replay.finished
        isComplete = finished.count < limit
        self.outstanding = outstanding
    }

    /// The estimate after a fraction of all runs.
    package func reading(after share: Double) -> Reading? {
        let count = Int(Double(finished.count) * share)
        guard count > 0 else { return nil }
        let waiting = outstanding[count - 1]
        let front = front(after: count)
        let edge = EdgeGrids(strategy, in: space).flatMap { grids in
            EdgeProgress(grids, scans: scans(of: finished.prefix(count), on: grids), finished: count)
        }
        return Reading(
            done: share, truth: finished.count - count,
            remaining: RemainingRuns(
                of: strategy, dimensions: space.axes.count, outstanding: waiting, finished: count, front: front,
                edge: edge))
    }

    private func front(after count: Int) -> SearchFront? {
        guard let windowSize = SearchFront.windowSize(after: count) else { return nil }
        let arrivals = (0..<SearchFront.windowCount).map { number in
            let last = count - number * windowSize
            return outstanding[last - 1] - outstanding[last - 1 - windowSize] + windowSize
        }
        return SearchFront(
            finished: count, outstanding: outstanding[count - 1], windowSize: windowSize, arrivals: arrivals)
    }

    /// Scans along each axis, with the points in the order in which a ledger sends them.
    private func scans(of finished: ArraySlice<FinishedPoint>, on grids: EdgeGrids) -> [EdgeScan] {
        space.axes.indices.compactMap { axis in
            guard var scan = EdgeScan(space, axis: axis, on: grids) else { return nil }
            let sorted = finished.map { finished in
                (key: scan.order.map { finished.point.values[$0] }, finished: finished)
            }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            for (_, point) in sorted { scan.add(point.point, isStable: point.isStable) }
            scan.end()
            return scan
        }
    }
}
