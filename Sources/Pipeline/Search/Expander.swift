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
    let definition: ExplorationDefinition
    private let local: LocalExpansion?
    private let steps: SearchSteps
    private let ledger: RunLedger?
    private let logger: Logger

    init(definition: ExplorationDefinition, queues: LeaseQueues, ledger: RunLedger?, logger: Logger) {
        self.definition = definition
        self.ledger = ledger
        self.logger = logger
        let search = definition.search
        local =
            if case .local(let search) = search { LocalExpansion(search, in: definition) } else { nil }
        steps = SearchSteps(definition: definition, search: search, queues: queues, ledger: ledger)
    }

    /// How many jobs to take at a time.
    var batch: Int { local?.batch ?? 1 }

    /// - Parameter isNew: whether a point has not just been proposed.
    /// - Throws: what is not the fault of a job: an outage, cancellation.
    func expand(_ leases: [Lease], where isNew: (PointHash) -> Bool) async throws -> [Expansion] {
        // A point that two of the batch propose is proposed with the first. Where that one's lease turns out to be
        // lost, its new holder makes the proposal.
        var jobs = ProposalJobs(space: definition.space)
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
                case .point(let message): finished.append((index, try definition.finishedPoint(message)))
                case .search(let message):
                    let step = try await steps.step(message, under: lease)
                    expansions[index] = expansion(lease, step.proposals, then: step.next)
                default: throw MessageError.unexpected(RingQueues.explore)
                }
            } catch  where !Outage.isOne(error) && !(error is CancellationError) {
                logger.error("a job cannot be expanded", metadata: ["job": "\(lease.id)", "error": "\(error)"])
                expansions[index] = Expansion(outcome: .fail(lease, error: "\(error)", forward: []))
            }
        }
        let answers = try await local?.within { try await ledger?.budget(of: definition.table) }
            .now { try await steps.queues.isFirstSearchAtWork() }
            .proposals(after: finished.map(\.point)) { try await known($0) }
        for ((index, point), answer) in zip(finished, answers ?? []) {
            jobs.name(point.point, leases[index].id)
            expansions[index] = expansion(leases[index], answer)
        }
        // A point that leads nowhere, because the strategy has been changed meanwhile, is done with.
        return zip(leases, expansions).map { $1 ?? Expansion(outcome: .complete($0, forward: [])) }
    }

    private func known(_ hashes: [PointHash]) async throws -> [LedgerPoint?] {
        guard let ledger else { throw MissingLedger() }
        return try await ledger.points(hashes.map(\.bytes), in: definition.table)
    }
}

/// The search needs the ledger, and the process was not told where it is.
struct MissingLedger: Error, CustomStringConvertible {
    let description = "this strategy's master asks the ledger, but was given none"
}
