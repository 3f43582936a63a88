internal import ExplorationFile
package import LeaseQueue
internal import Logging
internal import ParameterSpace
internal import RunLedger
internal import Support

/// Compares ledger and queues, and repairs what one of them has lost.
///
/// It may run at any time, also while the ring runs; see this folder's README for why. It goes page by page, so its
/// memory does not depend on the size of the exploration.
package struct Reconciler: Sendable {
    let ring: Ring
    /// How many points are looked at at a time.
    private let page = 500

    private var decision: RepairDecision { RepairDecision(definition: ring.definition) }

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// Repairs what is wrong.
    ///
    /// - Parameters:
    ///   - isDryRun: whether nothing is changed.
    ///   - report: is told of each repair before it is made.
    /// - Throws: what ledger and queues throw; what was repaired until then stays so, and it may be begun again.
    package func run(isDryRun: Bool = false, report: (Repair) -> Void = { _ in }) async throws -> ReconcileReport {
        var result = ReconcileReport()
        result.proposed += try await propose(try await startProposals(), isDryRun, report)
        let search = ring.definition.search
        if case .local(let search) = search {
            let expansion = try await ring.currentExpansion(of: search)
            for verdict in Verdict.allCases where ring.definition.leadingVerdicts.contains(verdict) {
                try await eachPage(.completed, verdict, of: expansion.batch) { finished in
                    let proposals = try await decision.proposals(from: finished, expansion) {
                        try await ring.ledgerPoints($0)
                    }
                    result.proposed += try await propose(proposals, isDryRun, report)
                }
            }
        }
        for state in [RunState.queued, .running, .error] {
            try await eachPage(state, nil, of: page) { points in
                let lost = try await lost(among: points)
                let jobs = lost.compactMap(decision.job)
                result.unknown += lost.count - jobs.count
                result.requeued += try await enqueue(jobs, on: RingQueues.main, isDryRun, report) {
                    .requeue(code: $0)
                }
            }
        }
        if let lost = try await lostSearch(search) {
            report(.restart(search: lost.id))
            result.restarted += 1
            if !isDryRun { _ = try await ring.queues.enqueue([lost], to: RingQueues.explore) }
        }
        try await dropSuperfluous(isDryRun, &result, report)
        ring.logger.info("reconciled", metadata: ["report": "\(result)"])
        return result
    }

    private func startProposals() async throws -> [Job] {
        guard !ring.definition.isSequence else { return [] }
        let starts = ring.definition.starts.map { Proposal(point: $0, priority: Proposal.defaultPriority, parent: nil) }
        var jobs = ProposalJobs(space: ring.definition.space)
        return try await decision.missing(of: jobs.jobs(starts)) { try await ring.ledgerPoints($0) }
    }

    private func propose(_ jobs: [Job], _ isDryRun: Bool, _ report: (Repair) -> Void) async throws -> Int {
        try await enqueue(jobs, on: RingQueues.mainSQL, isDryRun, report) { .propose(code: $0) }
    }

    /// The job that carries the search on, where there is none and the search is not at its end.
    private func lostSearch(_ search: Search) async throws -> Job? {
        guard let job = FirstJobs(definition: ring.definition).searches.first,
            try await ring.queues.states(of: [job.id], in: RingQueues.explore)[0] == nil
        else { return nil }
        switch search {
        case .local:
            // It would propose what has just been proposed.
            return nil
        case .sequence(let sequence):
            var next: Int? = 0
            while let index = next {
                let stretch = sequence.stretch(from: index)
                let isComplete = try await ring.ledgerPoints(stretch.points.map(ring.definition.space.hash)).allSatisfy
                {
                    $0?.code != nil
                }
                guard isComplete else { return .search(.sequence(next: index)) }
                next = stretch.next
            }
            return nil
        case .global(let search):
            let plan = AdaptivePlan(definition: ring.definition, search: search, ledger: try ring.ledger)
            let outlook = try await plan.outlook()
            return outlook.hasOpenPoints || !outlook.proposals.isEmpty ? job : nil
        }
    }

    /// The points that nobody is going to run, though they are to be run.
    ///
    /// First the queues are asked, along the way of a point; then the ledger once more: a point whose result was taken
    /// from its queue meanwhile is completed now.
    private func lost(among points: [LedgerPoint]) async throws -> [LedgerPoint] {
        let open = points.filter(RepairDecision.isOpen)
        let isOnTheWay = try await ring.jobs.areOnTheWay(open.compactMap { PointHash(bytes: $0.hash) })
        let suspects = zip(open, isOnTheWay).filter { !$1 }.map(\.0)
        guard !suspects.isEmpty else { return [] }
        return try await ring.ledger.points(suspects.map(\.hash), in: ring.definition.table).compactMap(\.self)
            .filter(RepairDecision.isOpen)
    }

    private func dropSuperfluous(
        _ isDryRun: Bool, _ result: inout ReconcileReport, _ report: (Repair) -> Void
    ) async throws {
        var cursor: JobIDPage.Cursor?
        repeat {
            let jobs = try await ring.queues.jobIDs(in: RingQueues.main, after: cursor, limit: page)
            cursor = jobs.next
            let ids = jobs.ids.compactMap { PointHash($0) }
            let superfluous = RepairDecision.superfluous(ids, known: try await ring.ledgerPoints(ids)).map(
                \.description)
            guard !superfluous.isEmpty else { continue }
            let states = try await ring.queues.states(of: superfluous, in: RingQueues.main)
            let free = zip(superfluous, states).filter { $1.map { !$0.isLeased } ?? false }.map(\.0)
            for id in free { report(.drop(hash: id)) }
            result.held += states.count { $0?.isLeased ?? false }
            result.dropped += isDryRun ? free.count : try await ring.queues.drop(ids: free, from: RingQueues.main)
        } while cursor != nil
    }

    /// - Returns: how many of the jobs were, or would be, put into the queue: those that are there already do not count.
    private func enqueue(
        _ jobs: [Job], on queue: QueueName, _ isDryRun: Bool, _ report: (Repair) -> Void, as repair: (String) -> Repair
    ) async throws -> Int {
        guard !jobs.isEmpty else { return 0 }
        let isThere = try await ring.queues.states(of: jobs.map(\.id), in: queue).map { $0 != nil }
        let missing = zip(jobs, isThere).filter { !$1 }.map(\.0)
        for job in missing {
            guard case .point(let message) = try RingMessage(payload: job.payload) else { continue }
            report(repair(message.code))
        }
        if !isDryRun { _ = try await ring.queues.enqueue(missing, to: queue) }
        return missing.count
    }

    private func eachPage(
        _ state: RunState, _ verdict: Verdict?, of size: Int, _ body: ([LedgerPoint]) async throws -> Void
    ) async throws {
        var last: [UInt8]?
        while true {
            let points = try await ring.ledger.points(
                in: ring.definition.table, state: state, verdict: verdict, after: last, limit: size)
            try await body(points)
            guard points.count == size else { return }
            last = points.last?.hash
        }
    }
}

extension JobState {
    /// Whether somebody holds the job.
    package var isLeased: Bool {
        if case .leased = self { true } else { false }
    }
}
