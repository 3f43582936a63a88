package import ParameterSpace

/// Plays a search against an oracle in memory, run by run: the ring without queues, ledger or model.
///
/// Points wait by priority and, within a priority, in the order of their proposals; a repeated proposal has no effect.
/// A sequence's points come in their order. A global search is asked again when all its proposals are finished.
package struct SearchReplay {
    /// Returns a point's verdict and outputs.
    package typealias Oracle = (Point) -> FinishedPoint

    /// The runs, in the order in which they finished.
    package private(set) var finished: [FinishedPoint] = []
    /// The verdicts, `true` for stable.
    package private(set) var verdicts: [Point: Bool] = [:]

    private var search: Search
    /// The search that begins when ``search`` is complete.
    private var following: Search?
    private let oracle: Oracle
    private let workers: Int
    private let batch: Int
    private var waiting = PriorityQueues<Point>()
    /// Points that were proposed or need no run.
    private var known: Set<Point> = []
    private var running: [Point] = []
    private var nextIndex = 0

    /// - Parameters:
    ///   - start: the start point of a local or a global search.
    ///   - workers: the number of points that run at the same time.
    ///   - batch: the largest number of proposals of a global search at a time.
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
        enqueue(start)
    }

    /// The number of proposed points that are not finished.
    package var outstanding: Int {
        waiting.count + running.count
    }

    /// Continues from finished runs, as from a ledger.
    ///
    /// - Parameter known: the finished points, in any order.
    package mutating func resume(from known: [FinishedPoint]) {
        for point in known {
            verdicts[point.point] = point.isStable
            self.known.insert(point.point)
        }
        finished += known
        known.forEach { propose(after: $0) }
    }

    /// Runs points until `limit` are finished or none are left.
    ///
    /// - Parameters:
    ///   - generator: decides which of several running points finishes next.
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
        if let point = waiting.popFirst() { return point }
        switch search {
        case .local:
            guard running.isEmpty, let following else { return nil }
            search = following
            self.following = nil
            for point in finished { propose(after: point) }
            return waiting.popFirst()
        case .sequence(let sequence):
            while nextIndex < sequence.count {
                nextIndex += 1
                if let point = sequence.point(at: nextIndex - 1), known.insert(point).inserted { return point }
            }
            return nil
        case .global(let global):
            guard running.isEmpty else { return nil }
            for proposal in global.proposals(knowing: finished, pending: [], atMost: batch) {
                enqueue(proposal.point, priority: proposal.priority)
            }
            return waiting.popFirst()
        }
    }

    private mutating func enqueue(_ point: Point, priority: Int = Proposal.defaultPriority) {
        if known.insert(point).inserted { waiting.append(point, priority: priority) }
    }

    private mutating func propose(after point: FinishedPoint) {
        guard case .local(let search) = search, point.isStable || search.expandsUnstablePoints else { return }
        var verdictsAround: [Point: Bool] = [:]
        for question in search.questions(about: point) { verdictsAround[question] = verdicts[question] }
        for proposal in search.proposals(after: point, knowing: verdictsAround) {
            enqueue(proposal.point, priority: proposal.priority)
        }
    }
}
