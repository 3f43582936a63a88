internal import ExplorationFile
internal import LeaseQueue
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import Support

/// Takes the steps of searches over many points, one at a time; see ``SearchMessage``.
struct SearchSteps: Sendable {
    let ring: Ring
    let search: Search

    /// What is proposed, and the job that carries the search on; nil where it has come to its end.
    struct Step: Sendable {
        var proposals: [Proposal] = []
        var next: Job?
    }

    /// - Throws: ``MissingLedger``; what ledger and queues throw.
    func step(_ message: SearchMessage, under lease: Lease) async throws -> Step {
        switch (message, search) {
        case (.sequence(let next), .sequence(let sequence)):
            return try await advance(sequence, from: next)
        case (.plan(let waits), .global(let search)):
            return try await plan(search, waits, lease)
        case (.then(let waits), .local):
            return Step(
                next: try await isAlone()
                    ? .search(.known(verdict: .stable, after: nil))
                    : again(after: waits) {
                        .then(waits: $0)
                    })
        case (.known(let verdict, let last, let tolerance), .local(let search)):
            return try await expandKnown(verdict, after: last, within: tolerance, search)
        default:
            // Left over from before the strategy was changed.
            return Step()
        }
    }

    private func advance(_ sequence: any PointSequence, from index: Int) async throws -> Step {
        guard try await hasRoom() else { return Step(next: .search(.sequence(next: index), after: Self.pause)) }
        let stretch = sequence.stretch(from: index)
        return Step(
            proposals: stretch.points.map { Proposal(point: $0, priority: Proposal.defaultPriority, parent: nil) },
            next: stretch.next.map { .search(.sequence(next: $0)) })
    }

    /// Plans the next batch once everything before it has come to its end. Until then it looks again, ever less often.
    private func plan(_ search: any GlobalSearch, _ waits: Int, _ lease: Lease) async throws -> Step {
        guard try await isAlone() else { return Step(next: again(after: waits) { .plan(waits: $0) }) }
        let plan = AdaptivePlan(definition: ring.definition, search: search, ledger: try ring.ledger)
        // Thousands of points take seconds to think about.
        let proposals = try await withLeaseKeeper(ring.queues) { keeper in
            try await keeper.hold(lease) { try await plan.outlook().proposals }
        }
        return Step(proposals: proposals, next: proposals.isEmpty ? nil : .search(.plan(waits: 0)))
    }

    private func expandKnown(
        _ verdict: Verdict, after last: String?, within tolerance: Int?, _ search: any LocalSearch
    ) async throws -> Step {
        guard try await hasRoom() else {
            return Step(next: .search(.known(verdict: verdict, after: last, within: tolerance), after: Self.pause))
        }
        let expansion = try await ring.currentExpansion(of: search)
        let page = try await ring.ledger.points(
            in: ring.definition.table, state: .completed, verdict: verdict == .stable ? .stable : .unstable,
            after: last.flatMap { PointHash($0) }?.bytes, limit: expansion.batch)
        let points = try page.compactMap { try ring.definition.finishedPoint($0) }
        let proposals = try await expansion.proposals(after: points) {
            try await ring.ledgerPoints($0)
        }
        var step = Step(proposals: Array(proposals.joined()))
        if page.count == expansion.batch, let hash = page.last.flatMap({ PointHash(bytes: $0.hash) }) {
            step.next = .search(.known(verdict: verdict, after: hash.description, within: tolerance))
        } else if verdict == .stable, search.expandsUnstablePoints {
            step.next = .search(.known(verdict: .unstable, after: nil, within: tolerance))
        }
        return step
    }

    /// The job that looks again whether a search has come to its end, after a pause that doubles.
    private func again(after waits: Int, _ message: (Int) -> SearchMessage) -> Job {
        .search(message(waits + 1), after: min(Self.firstLook * (1 << max(0, min(waits, 10))), Self.lastLook))
    }

    /// Whether so few points wait to be run that more may be proposed; otherwise they would only fill up the queues.
    private func hasRoom() async throws -> Bool {
        let counts = try await ring.queues.counts()
        return [RingQueues.mainSQL, RingQueues.main].reduce(0) { $0 + (counts[$1]?.outstanding ?? 0) } < Self.most
    }

    /// Whether the search's own job, which is being looked at, is the only one in the whole ring.
    private func isAlone() async throws -> Bool {
        try await ring.queues.counts().values.reduce(0) { $0 + $1.outstanding } <= 1
    }

    /// More points than workers get through in a pause.
    private static let most = 20_000
    private static let pause = Duration.seconds(1)
    private static let firstLook = Duration.milliseconds(20)
    private static let lastLook = Duration.seconds(1)
}

extension LeaseQueues {
    /// Whether a search is still to begin that has another one come first: its job waits for the other's end.
    func isFirstSearchAtWork() async throws -> Bool {
        try await states(of: [SearchMessage.thenID], in: RingQueues.explore)[0] != nil
    }
}
