internal import ExplorationFile
package import LeaseQueue
internal import Logging
internal import ParameterSpace
internal import RunLedger
internal import Support

/// Compares ledger and queues, and repairs what one of them has lost.
///
/// It may run at any time, also while the ring runs; this folder's README explains why. It works page by page, so its
/// memory does not depend on the size of the exploration.
package struct Reconciler: Sendable {
    let ring: Ring

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// Compares and repairs.
    ///
    /// - Parameters:
    ///   - isDryRun: whether to change nothing.
    ///   - revivesDeadLetters: whether to retry messages that did not reach the ledger or the master. Points that were
    ///     given up are not retried.
    ///   - report: receives each repair before it is made.
    /// - Throws: the errors of ledger and queues. The repairs made until then remain, and it may be run again.
    package func run(
        isDryRun: Bool = false, revivesDeadLetters: Bool = false, report: @escaping (Repair) -> Void = { _ in }
    ) async throws -> ReconcileReport {
        var pass = ReconcilePass(ring: ring, isDryRun: isDryRun, report: report)
        if revivesDeadLetters { try await pass.reviveDeadLetters() }
        try await pass.proposeReached()
        try await pass.requeueLost()
        try await pass.restartLostSearch()
        try await pass.dropSuperfluous()
        let result = pass.result
        ring.logger.info(
            "reconciled",
            metadata: [
                "exploration": "\(ring.definition.name)", "requeued": "\(result.requeued)",
                "proposed": "\(result.proposed)", "restarted": "\(result.restarted)", "dropped": "\(result.dropped)",
                "revived": "\(result.revived)", "held": "\(result.held)", "unknown": "\(result.unknown)",
            ])
        return result
    }
}

/// The differences between ledger and queues that were repaired, or would be.
package struct ReconcileReport: Sendable, Equatable {
    /// Points to run that had no job: put into `main` again.
    package var requeued = 0
    /// Points that the search has reached and the ledger lacks: proposed on `main_sql`.
    package var proposed = 0
    /// Jobs in `main` of points that have their verdict: dropped.
    package var dropped = 0
    /// Jobs in `main` of points that have their verdict and that a worker holds: they end by themselves.
    package var held = 0
    /// Jobs that carry a search on and were lost before its end: put into `explore` again.
    package var restarted = 0
    /// Dead letters that are ready again: messages that did not arrive.
    package var revived = 0
    /// Points that the ledger knows only by their hash. They become known when a neighbour proposes them.
    package var unknown = 0

    package init() {}

    /// Whether ledger and queues agreed.
    package var isClean: Bool { self == ReconcileReport() }

    /// Whether there are jobs now that there were not before.
    package var queuesWork: Bool { requeued + proposed + restarted + revived > 0 }
}

/// One repair.
package enum Repair: Sendable, Equatable {
    /// Put into `main` again.
    case requeue(code: String)
    /// Proposed on `main_sql`, as a neighbour of a stable point.
    case propose(code: String)
    /// The job that carries the search on, by its id: put into `explore` again.
    case restart(search: String)
    /// A dead letter made ready again.
    case revive(job: String, queue: QueueName)
    /// Removed from `main`.
    case drop(hash: String)
}

/// One comparison of ledger and queues.
private struct ReconcilePass {
    private let ring: Ring
    private let isDryRun: Bool
    private let report: (Repair) -> Void
    private let decision: RepairDecision
    /// The number of points that are handled at a time.
    private let page = 500

    private(set) var result = ReconcileReport()

    init(ring: Ring, isDryRun: Bool, report: @escaping (Repair) -> Void) {
        self.ring = ring
        self.isDryRun = isDryRun
        self.report = report
        decision = RepairDecision(definition: ring.definition)
    }

    /// Proposes the start points and the points that follow from finished ones, as far as the ledger lacks them.
    mutating func proposeReached() async throws {
        let definition = ring.definition
        var jobs = ProposalJobs(space: definition.space)
        let starts = definition.isSequence ? [] : definition.starts
        let startJobs = jobs.jobs(
            starts.map { Proposal(point: $0, priority: Proposal.defaultPriority, parent: nil) })
        try await propose(try await decision.missing(of: startJobs) { try await ring.ledgerPoints($0) })
        guard case .local(let search) = definition.search else { return }
        let expansion = try await ring.currentExpansion(of: search)
        for verdict in Verdict.allCases where definition.leadingVerdicts.contains(verdict) {
            var pages = LedgerPages(ring: ring, state: .completed, verdict: verdict, size: expansion.batch)
            while let finished = try await pages.next() {
                try await propose(
                    try await decision.proposals(from: finished, expansion) { try await ring.ledgerPoints($0) })
            }
        }
    }

    private mutating func propose(_ jobs: [Job]) async throws {
        result.proposed += try await enqueue(jobs, to: RingQueues.mainSQL) { .propose(code: $0) }
    }

    /// Queues the points that are to be run and have no job.
    mutating func requeueLost() async throws {
        for state in [RunState.queued, .running, .error] {
            var pages = LedgerPages(ring: ring, state: state, verdict: nil, size: page)
            while let points = try await pages.next() {
                let lost = try await lost(among: points)
                let jobs = lost.compactMap(decision.job)
                result.unknown += lost.count - jobs.count
                result.requeued += try await enqueue(jobs, to: RingQueues.main) { .requeue(code: $0) }
            }
        }
    }

    /// The points that are to be run and have no job.
    ///
    /// This asks the queues first, along the way of a point, then the ledger once more: it has the verdict of a point
    /// whose result has left its queue since.
    private func lost(among points: [LedgerPoint]) async throws -> [LedgerPoint] {
        let open = points.filter(RepairDecision.isOpen)
        let isInFlight = try await ring.jobs.areInFlight(open.compactMap { PointHash(bytes: $0.hash) })
        let suspects = zip(open, isInFlight).filter { !$1 }.map(\.0)
        guard !suspects.isEmpty else { return [] }
        return try await ring.ledger.points(suspects.map(\.hash), in: ring.definition.table).compactMap(\.self)
            .filter(RepairDecision.isOpen)
    }

    /// Retries the messages that did not reach the ledger or the master, and points that became a dead letter of
    /// `main` without the ledger learning of it.
    mutating func reviveDeadLetters() async throws {
        for queue in RingQueues.all {
            var ids: [String] = []
            try await ring.queues.forEachDeadLetter(matching: DeadLetterFilter(), in: queue) { letter in
                ids.append(letter.id)
                return true
            }
            for start in stride(from: 0, to: ids.count, by: page) {
                var chosen = Array(ids[start..<min(start + page, ids.count)])
                if queue == RingQueues.main { chosen = try await openPoints(among: chosen) }
                for id in chosen { report(.revive(job: id, queue: queue)) }
                result.revived += isDryRun ? chosen.count : try await ring.queues.retryDead(ids: chosen, in: queue)
            }
        }
    }

    private func openPoints(among ids: [String]) async throws -> [String] {
        let points = ids.compactMap { id in PointHash(id).map { (id, $0) } }
        return zip(points, try await ring.ledgerPoints(points.map(\.1)))
            .filter { $1.map(RepairDecision.isOpen) ?? false }.map(\.0.0)
    }

    /// Queues the job that carries the search on, if it is missing or a dead letter and the search has not ended.
    mutating func restartLostSearch() async throws {
        for id in try await ring.deadSearches() {
            report(.restart(search: id))
            result.restarted += isDryRun ? 1 : try await ring.queues.retryDead(ids: [id], in: RingQueues.explore)
        }
        guard let search = try await lostSearch() else { return }
        report(.restart(search: search.jobID))
        result.restarted += 1
        if !isDryRun { try await ring.enqueue(searches: [search]) }
    }

    private func lostSearch() async throws -> SearchMessage? {
        guard let first = FirstJobs(definition: ring.definition).searches.first,
            try await !ring.queues.contains(first)
        else { return nil }
        switch ring.definition.search {
        case .local:
            // It would propose the points that have just been proposed.
            return nil
        case .sequence(let sequence):
            var next: Int? = 0
            while let index = next {
                let chunk = sequence.chunk(from: index)
                let known = try await ring.ledgerPoints(chunk.points.map(ring.definition.space.hash))
                guard known.allSatisfy({ $0?.code != nil }) else { return .sequence(next: index) }
                next = chunk.next
            }
            return nil
        case .global(let search):
            let plan = AdaptivePlan(definition: ring.definition, search: search, ledger: try ring.ledger)
            let outlook = try await plan.outlook()
            return outlook.hasOpenPoints || !outlook.proposals.isEmpty ? first : nil
        }
    }

    /// Drops the jobs in `main` of points that have their verdict.
    mutating func dropSuperfluous() async throws {
        var cursor: JobIDPage.Cursor?
        repeat {
            let jobs = try await ring.queues.jobIDs(in: RingQueues.main, after: cursor, limit: page)
            cursor = jobs.next
            let hashes = jobs.ids.compactMap { PointHash($0) }
            let superfluous = RepairDecision.superfluous(hashes, known: try await ring.ledgerPoints(hashes))
                .map(\.description)
            guard !superfluous.isEmpty else { continue }
            let states = try await ring.queues.states(of: superfluous, in: RingQueues.main)
            let free = zip(superfluous, states).filter { $1.map { !$0.isLeased } ?? false }.map(\.0)
            for id in free { report(.drop(hash: id)) }
            result.held += states.count { $0?.isLeased ?? false }
            result.dropped += isDryRun ? free.count : try await ring.queues.drop(ids: free, from: RingQueues.main)
        } while cursor != nil
    }

    /// Enqueues the jobs that the queue does not have.
    ///
    /// - Returns: how many jobs were enqueued, or would be.
    private func enqueue(
        _ jobs: [Job], to queue: QueueName, repair: (String) -> Repair
    ) async throws -> Int {
        guard !jobs.isEmpty else { return 0 }
        let states = try await ring.queues.states(of: jobs.map(\.id), in: queue)
        let missing = zip(jobs, states).filter { $1 == nil }.map(\.0)
        for job in missing {
            guard case .point(let message) = try RingMessage(payload: job.payload) else { continue }
            report(repair(message.code))
        }
        if !isDryRun { _ = try await ring.queues.enqueue(missing, to: queue) }
        return missing.count
    }
}

/// The ledger's points in one state, page by page, in the order of their hashes.
private struct LedgerPages {
    let ring: Ring
    let state: RunState
    let verdict: Verdict?
    let size: Int
    private var last: [UInt8]?
    private var isAtEnd = false

    init(ring: Ring, state: RunState, verdict: Verdict?, size: Int) {
        self.ring = ring
        self.state = state
        self.verdict = verdict
        self.size = size
    }

    /// The next page; `nil` after the last one.
    mutating func next() async throws -> [LedgerPoint]? {
        guard !isAtEnd else { return nil }
        let points = try await ring.ledger.points(
            in: ring.definition.table, state: state, verdict: verdict, after: last, limit: size)
        isAtEnd = points.count < size
        last = points.last?.hash
        return points.isEmpty ? nil : points
    }
}
