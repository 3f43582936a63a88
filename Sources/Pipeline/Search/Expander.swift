internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import ParameterSpace
internal import RunLedger

/// The outcome of a job of `explore`, and the points that are proposed with it.
struct Expansion: Sendable {
    var outcome: Outcome
    var proposed: [PointHash] = []
}

/// Handles the jobs of `explore`.
struct Expander: Sendable {
    let ring: Ring
    private let search: Search
    private let steps: SearchSteps
    /// The number of jobs to lease at a time.
    let batch: Int

    init(_ ring: Ring) {
        self.ring = ring
        search = ring.definition.search
        batch =
            if case .local(let search) = search { LocalExpansion(search, in: ring.definition).batch } else { 1 }
        steps = SearchSteps(ring: ring, search: search)
    }

    /// - Parameter isNew: returns whether a point has not been proposed recently.
    /// - Throws: errors that are not the fault of a job: an outage, cancellation.
    func expand(_ leases: [Lease], where isNew: (PointHash) -> Bool) async throws -> [Expansion] {
        // A point that two jobs of the batch propose is proposed with the first. If the lease of that one is lost, its
        // new holder makes the proposal.
        var jobs = ProposalJobs(space: ring.definition.space)
        func expansion(_ lease: Lease, _ proposals: [Proposal], then next: Job? = nil) -> Expansion {
            let proposed = jobs.jobs(proposals, where: isNew)
            let forwards =
                proposed.map { Forward(queue: RingQueues.mainSQL, job: $0.job) }
                + (next.map { [Forward(queue: RingQueues.explore, job: $0)] } ?? [])
            return Expansion(outcome: .complete(lease, forward: forwards), proposed: proposed.map(\.hash))
        }
        var expansions: [Expansion?] = []
        var finished: [(index: Int, point: FinishedPoint)] = []
        for (index, lease) in leases.enumerated() {
            expansions.append(nil)
            do {
                switch try RingMessage(payload: lease.payload) {
                case .point(let message): finished.append((index, try ring.definition.finishedPoint(message)))
                case .search(let message):
                    let step = try await steps.step(message, under: lease)
                    expansions[index] = expansion(lease, step.proposals, then: step.next)
                default: throw MessageError.unexpected(RingQueues.explore)
                }
            } catch  where !(error is CancellationError) && Fault(of: error) == .message {
                ring.logger.error("job not expanded", metadata: ["job": "\(lease.id)", "error": "\(error)"])
                expansions[index] = Expansion(outcome: outcome(of: lease, failedWith: error))
            }
        }
        var answers: [[Proposal]] = []
        if case .local(let search) = search {
            answers = try await ring.currentExpansion(of: search).proposals(after: finished.map(\.point)) {
                try await ring.ledgerPoints($0)
            }
        }
        for ((index, point), answer) in zip(finished, answers) {
            jobs.name(point.point, leases[index].id)
            expansions[index] = expansion(leases[index], answer)
        }
        // A point that leads nowhere, because the strategy has been changed since, is complete.
        return zip(leases, expansions).map { $1 ?? Expansion(outcome: .complete($0, forward: [])) }
    }

    /// A point that cannot be expanded fails. The job that carries the search on is put back instead: without it, the
    /// search would end unnoticed.
    private func outcome(of lease: Lease, failedWith error: any Error) -> Outcome {
        guard case .search = try? RingMessage(payload: lease.payload) else {
            return .fail(lease, error: "\(error)", forward: [])
        }
        let next = Job(id: lease.id, payload: lease.payload, priority: lease.priority, delay: Self.searchPause)
        return .complete(lease, forward: [Forward(queue: RingQueues.explore, job: next)])
    }

    private static let searchPause = Duration.seconds(1)
}

/// Turns the proposals of one batch into jobs for `main_sql`, one for each point.
struct ProposalJobs {
    let space: Space
    private var known: Set<PointHash> = []
    private var names: [Point: String] = [:]

    init(space: Space) { self.space = space }

    /// Records the hash of a point that may be a parent, since hashes are costly to compute.
    mutating func name(_ point: Point, _ hash: String) {
        names[point] = hash
    }

    /// The jobs of the points that this batch has not proposed yet, in their order.
    ///
    /// - Parameter isNew: returns whether to include a point.
    mutating func jobs(
        _ proposals: [Proposal], where isNew: (PointHash) -> Bool = { _ in true }
    ) -> [(hash: PointHash, job: Job)] {
        proposals.compactMap { proposal in
            let hash = space.hash(of: proposal.point)
            guard isNew(hash), known.insert(hash).inserted else { return nil }
            let job = Job.point(
                hash, code: proposal.point.code, parent: proposal.parent.map { name(of: $0) },
                priority: proposal.priority)
            return (hash, job)
        }
    }

    private mutating func name(of point: Point) -> String {
        if let name = names[point] { return name }
        let name = space.hash(of: point).description
        names[point] = name
        return name
    }
}
