internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import ParameterSpace
internal import RunLedger

/// What becomes of a job of `explore`, and the points that are proposed with it.
struct Expansion: Sendable {
    var outcome: Outcome
    var proposed: [PointHash] = []
}

/// Works out what follows from the jobs of `explore`.
struct Expander: Sendable {
    let ring: Ring
    private let search: Search
    private let steps: SearchSteps
    /// How many jobs to take at a time.
    let batch: Int

    init(_ ring: Ring) {
        self.ring = ring
        search = ring.definition.search
        batch =
            if case .local(let search) = search { LocalExpansion(search, in: ring.definition).batch } else { 1 }
        steps = SearchSteps(ring: ring, search: search)
    }

    /// - Parameter isNew: whether a point has not just been proposed.
    /// - Throws: what is not the fault of a job: an outage, cancellation.
    func expand(_ leases: [Lease], where isNew: (PointHash) -> Bool) async throws -> [Expansion] {
        // A point that two of the batch propose is proposed with the first. Where that one's lease turns out to be
        // lost, its new holder makes the proposal.
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
            } catch  where !Outage.isOne(error) && !(error is CancellationError) {
                ring.logger.error("a job cannot be expanded", metadata: ["job": "\(lease.id)", "error": "\(error)"])
                expansions[index] = Expansion(outcome: .fail(lease, error: "\(error)", forward: []))
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
        // A point that leads nowhere, because the strategy has been changed meanwhile, is done with.
        return zip(leases, expansions).map { $1 ?? Expansion(outcome: .complete($0, forward: [])) }
    }
}
