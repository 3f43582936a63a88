internal import ExplorationFile
package import LeaseQueue
package import ParameterSpace
internal import RunLedger

/// Queues points again that were lost with the process that was to run them, from another party's record of them.
package struct PointRequeuer: Sendable {
    let ring: Ring

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// Queues those of the jobs that are nowhere in the ring and whose point is still to be run.
    ///
    /// A point that the ledger does not know goes through `main_sql`. A point that was given up, or has its verdict, is
    /// left alone.
    ///
    /// - Returns: the ids of the jobs that now wait for a worker, including those that did before.
    package func requeue(_ jobs: [Job]) async throws -> Set<String> {
        let points = jobs.compactMap { job in PointHash(job.id).map { ($0, job) } }
        let isInFlight = try await ring.jobs.areInFlight(points.map(\.0))
        // Read the ledger after the queues: it has the verdict of a point whose result has left its queue since.
        let suspects = zip(points, isInFlight).filter { !$1 }.map(\.0)
        let known = try await ring.ledgerPoints(suspects.map(\.0))
        let lost = zip(suspects, known).filter { $1.map(RepairDecision.isOpen) ?? true }
        for (queue, isKnown) in [(RingQueues.main, true), (RingQueues.mainSQL, false)] {
            _ = try await ring.queues.enqueue(lost.filter { ($1 != nil) == isKnown }.map(\.0.1), to: queue)
        }
        let states = try await ring.queues.states(of: points.map(\.1.id), in: RingQueues.main)
        let waiting = zip(points, states).filter { if case .ready = $1 { true } else { false } }.map(\.0.1.id)
        return Set(waiting + lost.map(\.0.1.id))
    }
}

/// Finds the jobs of points in the queues whose job ids are points' hashes.
package struct JobLocator: Sendable {
    let queues: LeaseQueues

    /// The queues on the way to a verdict, in the order in which a point passes through them. A search in this order
    /// cannot miss a point that moves during the search: it is found in a later queue.
    package static let inFlightQueues = [
        RingQueues.mainSQL, RingQueues.main, RingQueues.completeStableSQL, RingQueues.completeUnstableSQL,
    ]

    /// Those queues, then the queue of stable points that are to be expanded.
    package static let allQueues = inFlightQueues + [RingQueues.explore]

    package init(queues: LeaseQueues) {
        self.queues = queues
    }

    /// Whether each of the points has a job on the way to a verdict, in any state, including dead letters.
    func areInFlight(_ hashes: [PointHash]) async throws -> [Bool] {
        let ids = hashes.map(\.description)
        var found = Array(repeating: false, count: ids.count)
        for queue in Self.inFlightQueues {
            let open = found.indices.filter { !found[$0] }
            guard !open.isEmpty else { break }
            for (index, state) in zip(open, try await queues.states(of: open.map { ids[$0] }, in: queue))
            where state != nil {
                found[index] = true
            }
        }
        return found
    }

    /// All jobs of a point with their queues, in the order in which a point passes through them.
    package func jobs(of hash: PointHash) async throws -> [(queue: QueueName, state: JobState)] {
        var jobs: [(queue: QueueName, state: JobState)] = []
        for queue in Self.allQueues {
            if let state = try await queues.states(of: [hash.description], in: queue)[0] { jobs.append((queue, state)) }
        }
        return jobs
    }
}

extension JobState {
    /// Whether a consumer holds the job.
    package var isLeased: Bool {
        if case .leased = self { true } else { false }
    }
}
