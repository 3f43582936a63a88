/// What is estimated of the runs that remain while a search is rehearsed, beside what then remained.
package struct EstimateCourse {
    /// An estimate on the way.
    package struct Reading: Sendable {
        /// The share of all runs that are done.
        package let done: Double
        /// The runs that remain in truth.
        package let truth: Int
        package let remaining: RemainingRuns
    }

    private let strategy: Strategy
    private let space: Space
    private let finished: [FinishedPoint]
    /// Behind each run, how many points were outstanding.
    private let outstanding: [Int]
    /// Whether the search came to its end.
    package let isWhole: Bool

    /// - Parameter most: how many runs are made at most.
    package init?(
        _ strategy: Strategy, in space: Space, upTo most: Int = .max, oracle: @escaping Rehearsal.Oracle
    ) {
        guard let search = strategy.search(in: space), let start = space.start else { return nil }
        self.strategy = strategy
        self.space = space
        var rehearsal = Rehearsal(search, start: start, oracle: oracle)
        var outstanding: [Int] = []
        var generator = SystemRandomNumberGenerator()
        while rehearsal.finished.count < most {
            rehearsal.run(upTo: rehearsal.finished.count + 1, generator: &generator)
            guard rehearsal.finished.count > outstanding.count else { break }
            outstanding.append(rehearsal.outstanding)
        }
        finished = rehearsal.finished
        isWhole = finished.count < most
        self.outstanding = outstanding
    }

    /// The estimate when a share of all runs was done.
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
        guard let stretch = SearchFront.stretch(after: count) else { return nil }
        let births = (0..<SearchFront.stretches).map { number in
            let last = count - number * stretch
            return outstanding[last - 1] - outstanding[last - 1 - stretch] + stretch
        }
        return SearchFront(finished: count, outstanding: outstanding[count - 1], stretch: stretch, births: births)
    }

    /// Scans along each axis, as a ledger would send the points.
    private func scans(of finished: ArraySlice<FinishedPoint>, on grids: EdgeGrids) -> [EdgeScan] {
        space.axes.indices.compactMap { axis in
            guard var scan = EdgeScan(space, axis: axis, on: grids) else { return nil }
            let sorted = finished.map { finished in
                (key: scan.order.map { finished.point.values[$0] }, finished: finished)
            }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            for (_, point) in sorted { scan.note(point.point, isStable: point.isStable) }
            scan.end()
            return scan
        }
    }
}
