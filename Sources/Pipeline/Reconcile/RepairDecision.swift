internal import ExplorationFile
internal import LeaseQueue
internal import ParameterSpace
internal import RunLedger

/// Decides how to repair a difference between ledger and queues. It does no I/O: rows of the ledger come in, jobs for
/// the queues come out.
struct RepairDecision: Sendable {
    let definition: ExplorationDefinition

    /// Whether the point is still to be run, by the ledger: it waits, is being run, or waits for its next attempt. A
    /// point that was given up is not, until a user retries it.
    static func isOpen(_ point: LedgerPoint) -> Bool {
        switch point.state {
        case .queued, .running: true
        case .error: !point.isGivenUp
        case .completed: false
        }
    }

    /// The job that puts a point into `main` again; `nil` if the ledger has only its hash. The ledger gets the code
    /// once a stable neighbour proposes the point.
    func job(toRun point: LedgerPoint) -> Job? {
        guard let code = point.code, let hash = PointHash(bytes: point.hash) else { return nil }
        return .point(hash, code: code, parent: point.parent.flatMap { PointHash(bytes: $0) }?.description)
    }

    /// The jobs that propose the points that the search has reached and the ledger lacks.
    ///
    /// - Parameters:
    ///   - finished: points with a verdict from which a local search leads on.
    ///   - known: returns the ledger's rows of points, one for each.
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

    /// The jobs whose points the ledger lacks.
    ///
    /// A row without a code comes from a worker's message; a proposal fills in the rest.
    func missing(
        of jobs: [(hash: PointHash, job: Job)], known: ([PointHash]) async throws -> [LedgerPoint?]
    ) async throws -> [Job] {
        zip(jobs, try await known(jobs.map(\.hash))).filter { $1?.code == nil }.map(\.0.job)
    }

    /// The hashes of points that have their verdict already.
    static func superfluous(_ ids: [PointHash], known: [LedgerPoint?]) -> [PointHash] {
        zip(ids, known).filter { $1?.state == .completed }.map(\.0)
    }
}
