/// Plays a search against an oracle in memory, run by run: what the ring does, without queues, ledger or model.
///
/// Points wait by priority and, within one, in the order in which they were proposed; a point that was proposed before
/// keeps its place. A sequence's points come in their order; a global search is asked again when all that it proposed is
/// finished.
package struct Rehearsal {
    /// The verdict on a point, `true` for stable, and its outputs.
    package typealias Oracle = (Point) -> FinishedPoint

    /// What was run, in the order in which it finished.
    package private(set) var finished: [FinishedPoint] = []
    /// Of each run, whether it was stable.
    package private(set) var verdicts: [Point: Bool] = [:]

    private var search: Search
    /// What follows once the search has come to its end.
    private var following: Search?
    private let oracle: Oracle
    private let workers: Int
    private let batch: Int
    private var waiting = WaitingPoints()
    private var running: [Point] = []
    private var nextIndex = 0

    /// - Parameters:
    ///   - start: where a local or a global search begins.
    ///   - workers: how many points run at a time.
    ///   - batch: how many points a global search is asked for at a time.
    package init(_ search: Search, start: Point, workers: Int = 1, batch: Int = 32, oracle: @escaping Oracle) {
        if case .local(let local) = search, let first = local.first {
            self.search = .local(first)
            following = search
        } else {
            self.search = search
        }
        self.oracle = oracle
        self.workers = workers
        self.batch = batch
        if case .sequence = search { return }
        _ = waiting.insert(start, priority: Proposal.ordinary)
    }

    /// How many points are proposed and not finished.
    package var outstanding: Int {
        waiting.count + running.count
    }

    /// Goes on as if these runs had been finished before, as from a ledger.
    ///
    /// - Parameter known: what was finished, in any order.
    package mutating func resume(from known: [FinishedPoint]) {
        for point in known {
            verdicts[point.point] = point.isStable
            waiting.pass(point.point)
        }
        finished += known
        known.forEach { propose(after: $0) }
    }

    /// Runs points until `limit` are finished or nothing is left to run.
    ///
    /// - Parameters:
    ///   - generator: which of the running points finishes next; by default the one that has run longest.
    ///   - observe: called with each point as it finishes.
    package mutating func run(
        upTo limit: Int = .max, generator: inout some RandomNumberGenerator, observe: (FinishedPoint) -> Void = { _ in }
    ) {
        while finished.count < limit {
            while running.count < workers, let point = next() { running.append(point) }
            guard !running.isEmpty else { return }
            let chosen = workers == 1 ? 0 : Int.random(in: running.indices, using: &generator)
            let point = oracle(running.remove(at: chosen))
            finished.append(point)
            verdicts[point.point] = point.isStable
            propose(after: point)
            observe(point)
        }
    }

    private mutating func next() -> Point? {
        if let point = waiting.next() { return point }
        switch search {
        case .local:
            guard running.isEmpty, let following else { return nil }
            search = following
            self.following = nil
            for point in finished { propose(after: point) }
            return waiting.next()
        case .sequence(let sequence):
            while nextIndex < sequence.count {
                nextIndex += 1
                if let point = sequence.point(at: nextIndex - 1), waiting.insert(point, priority: Proposal.ordinary) {
                    return waiting.next()
                }
            }
            return nil
        case .global(let global):
            guard running.isEmpty else { return nil }
            for proposal in global.proposals(knowing: finished, pending: [], atMost: batch) {
                _ = waiting.insert(proposal.point, priority: proposal.priority)
            }
            return waiting.next()
        }
    }

    private mutating func propose(after point: FinishedPoint) {
        guard case .local(let search) = search, point.isStable || search.expandsUnstablePoints else { return }
        var known: [Point: Bool] = [:]
        for question in search.questions(about: point) { known[question] = verdicts[question] }
        for proposal in search.proposals(after: point, knowing: known) {
            _ = waiting.insert(proposal.point, priority: proposal.priority)
        }
    }
}
