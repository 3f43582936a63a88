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

    /// The proposals of a step, and the job that carries the search on; `nil` if the search has ended.
    struct Step: Sendable {
        var proposals: [Proposal] = []
        var next: Job?
    }

    /// - Throws: ``MissingLedger``; the errors of ledger and queues.
    func step(_ message: SearchMessage, under lease: Lease) async throws -> Step {
        switch (message, search) {
        case (.sequence(let next), .sequence(let sequence)):
            return try await advance(sequence, from: next)
        case (.planBatch(let waits), .global(let search)):
            return try await planBatch(search, after: waits, under: lease)
        case (.startSecondPhase(let waits), .local):
            guard try await isAlone() else { return Step(next: retry(after: waits) { .startSecondPhase(waits: $0) }) }
            return Step(next: .search(.expandKnown(verdict: .stable, after: nil)))
        case (.expandKnown(let verdict, let last, let tolerance), .local(let search)):
            return try await expandKnown(verdict, after: last, within: tolerance, search)
        default:
            // Left over from before the strategy was changed.
            return Step()
        }
    }

    private func advance(_ sequence: any PointSequence, from index: Int) async throws -> Step {
        guard try await hasRoom() else { return Step(next: .search(.sequence(next: index), after: Self.fullPause)) }
        let chunk = sequence.chunk(from: index)
        return Step(
            proposals: chunk.points.map { Proposal(point: $0, priority: Proposal.defaultPriority, parent: nil) },
            next: chunk.next.map { .search(.sequence(next: $0)) })
    }

    /// Plans the next batch once everything before it has ended. Until then it checks again, less and less often.
    private func planBatch(_ search: any GlobalSearch, after waits: Int, under lease: Lease) async throws -> Step {
        guard try await isAlone() else { return Step(next: retry(after: waits) { .planBatch(waits: $0) }) }
        let plan = AdaptivePlan(definition: ring.definition, search: search, ledger: try ring.ledger)
        // With thousands of points, the computation takes seconds.
        let proposals = try await withLeaseKeeper(ring.queues) { keeper in
            try await keeper.hold(lease) { try await plan.outlook().proposals }
        }
        return Step(proposals: proposals, next: proposals.isEmpty ? nil : .search(.planBatch(waits: 0)))
    }

    private func expandKnown(
        _ verdict: Verdict, after last: String?, within tolerance: Int?, _ search: any LocalSearch
    ) async throws -> Step {
        guard try await hasRoom() else {
            return Step(
                next: .search(
                    .expandKnown(verdict: verdict, after: last, within: tolerance), after: Self.fullPause))
        }
        let expansion = try await ring.currentExpansion(of: search)
        let page = try await ring.ledger.points(
            in: ring.definition.table, state: .completed, verdict: verdict,
            after: last.flatMap { PointHash($0) }?.bytes, limit: expansion.batch)
        let points = try page.compactMap { try ring.definition.finishedPoint($0) }
        let proposals = try await expansion.proposals(after: points) { try await ring.ledgerPoints($0) }
        var step = Step(proposals: Array(proposals.joined()))
        if page.count == expansion.batch, let hash = page.last.flatMap({ PointHash(bytes: $0.hash) }) {
            step.next = .search(.expandKnown(verdict: verdict, after: hash.description, within: tolerance))
        } else if verdict == .stable, search.expandsUnstablePoints {
            step.next = .search(.expandKnown(verdict: .unstable, after: nil, within: tolerance))
        }
        return step
    }

    /// The job that checks again whether a search has ended.
    private func retry(after waits: Int, _ message: (Int) -> SearchMessage) -> Job {
        .search(message(waits + 1), after: Self.backoff.bound(afterFailures: min(waits, 10) + 1))
    }

    /// Whether more points may be proposed. While many wait to be run, they would only fill up the queues.
    private func hasRoom() async throws -> Bool {
        let counts = try await ring.queues.counts()
        let waiting = [RingQueues.mainSQL, RingQueues.main].reduce(0) { $0 + (counts[$1]?.outstanding ?? 0) }
        return waiting < Self.maxWaitingPoints
    }

    /// Whether the search's own job, which is in progress, is the only one in the ring.
    private func isAlone() async throws -> Bool {
        try await ring.queues.counts().values.reduce(0) { $0 + $1.outstanding } <= 1
    }

    /// More points than workers can run during a pause.
    private static let maxWaitingPoints = 20_000
    private static let fullPause = Duration.seconds(1)
    private static let backoff = Support.Backoff(base: .milliseconds(20), cap: .seconds(1), jitter: .none)
}

extension PointSequence {
    /// The points from an index on, as many as fit into one message.
    ///
    /// - Returns: the points, and the index of the rest; `nil` at the end of the sequence.
    func chunk(from first: Int) -> (points: [Point], next: Int?) {
        guard first < count else { return ([], nil) }
        var points: [Point] = []
        var index = max(0, first)
        // If constraints forbid nearly all points, the time for a chunk is bounded.
        let end = min(count, index + 100_000)
        while index < end, points.count < 1_000 {
            if let point = point(at: index) { points.append(point) }
            index += 1
        }
        return (points, index < count ? index : nil)
    }
}

/// The next batch of a global search, computed from everything in the ledger.
struct AdaptivePlan: Sendable {
    let definition: ExplorationDefinition
    let search: any GlobalSearch
    let ledger: RunLedger

    /// The next batch, and whether points are still to be run.
    struct Outlook: Sendable {
        let proposals: [Proposal]
        let hasOpenPoints: Bool
    }

    /// Computes the batch. The same points with the same verdicts give the same batch.
    ///
    /// Points without a verdict, such as those that were given up, count as pending: the search continues around them.
    func outlook() async throws -> Outlook {
        let names = definition.model.outputs.map(\.name)
        let rows = try await ledger.runs(
            in: definition.table, columns: ["code", "verdict", "state", "message"] + names,
            limit: search.maxHistory + 1, timeLimit: Self.queryTimeLimit)
        var finished: [FinishedPoint] = []
        var pending: [Point] = []
        var hasOpenPoints = false
        while case let page = try await rows.next(), !page.isEmpty {
            for row in page {
                // A row without a code comes from a worker's message. It cannot be a finished point of this search.
                guard let code = row[0].textValue else { continue }
                let point = try definition.space.point(code: code)
                if let verdict = row[1].textValue.flatMap(Verdict.init) {
                    finished.append(
                        FinishedPoint(
                            point: point, isStable: verdict == .stable, outputs: row[4...].map(\.realValue)))
                } else {
                    pending.append(point)
                    let isGivenUp = row[2].textValue == RunState.error.rawValue && row[3] != .null
                    hasOpenPoints = hasOpenPoints || !isGivenUp
                }
            }
        }
        let proposals = search.proposals(knowing: finished, pending: pending, atMost: batch)
        return Outlook(proposals: proposals, hasOpenPoints: hasOpenPoints)
    }

    /// A server that hangs must not hold up the search: the query is repeated.
    private static let queryTimeLimit = Duration.seconds(120)

    private var batch: Int {
        if case .adaptive(let adaptive) = definition.strategy { adaptive.batch } else { 1 }
    }
}
