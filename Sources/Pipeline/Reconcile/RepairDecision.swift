internal import ExplorationFile
internal import LeaseQueue
internal import ParameterSpace
internal import RunLedger

/// What to do about what the ledger and the queues say. Pure: what was read comes in, what is to be put into the queues
/// comes out.
struct RepairDecision: Sendable {
    let definition: ExplorationDefinition

    /// Whether the ledger says that somebody is still to run the point: it waits, is being run, or waits for its next
    /// attempt. A point that was given up does not, until a person retries it.
    static func isOpen(_ point: LedgerPoint) -> Bool {
        switch point.state {
        case .queued, .running: true
        case .error: !point.isGivenUp
        case .completed: false
        }
    }

    /// The job that puts a point into `main` again; nil where the ledger does not know which point it is. It does once
    /// a stable neighbour has proposed it.
    func job(toRun point: LedgerPoint) -> Job? {
        guard let code = point.code, let hash = PointHash(bytes: point.hash) else { return nil }
        return .point(hash, code: code, parent: point.parent.flatMap { PointHash(bytes: $0) }?.description)
    }

    /// The jobs that propose points which the search has reached and the ledger lacks.
    ///
    /// - Parameters:
    ///   - finished: points with a verdict, from which a local search leads on.
    ///   - known: what the ledger has of the given points, one for each.
    func proposals(
        from finished: [LedgerPoint], _ expansion: LocalExpansion,
        known: ([PointHash]) async throws -> [LedgerPoint?]
    ) async throws -> [Job] {
        let points = try finished.compactMap { try definition.finishedPoint($0) }
        var jobs = ProposalJobs(space: definition.space)
        for point in finished {
            guard let hash = PointHash(bytes: point.hash), let code = point.code else { continue }
            jobs.name(try definition.space.point(code: code), hash.description)
        }
        let proposals = try await expansion.proposals(after: points, known: known)
        return try await missing(of: jobs.jobs(Array(proposals.joined())), known: known)
    }

    /// Those of the jobs whose points the ledger lacks.
    ///
    /// A row without a code was made on a worker's word; a proposal fills in what it lacks.
    func missing(
        of jobs: [(hash: PointHash, job: Job)], known: ([PointHash]) async throws -> [LedgerPoint?]
    ) async throws -> [Job] {
        zip(jobs, try await known(jobs.map(\.hash))).filter { $1?.code == nil }.map(\.0.job)
    }

    /// The ids of jobs whose point has its verdict already.
    static func superfluous(_ ids: [PointHash], known: [LedgerPoint?]) -> [PointHash] {
        zip(ids, known).filter { $1?.state == .completed }.map(\.0)
    }
}
