package import LeaseQueue
package import ParameterSpace

/// Where in the ring the job of a point may be: the queues whose jobs are named after their point's hash.
package struct PointPlaces: Sendable {
    let queues: LeaseQueues

    /// In the order in which a point passes through them. Whoever looks for a point in this order cannot miss one that
    /// moves on meanwhile: what has left one place is found in a later one.
    package static let onTheWay = [
        RingQueues.mainSQL, RingQueues.main, RingQueues.completeStableSQL, RingQueues.completeUnstableSQL,
    ]

    /// Those, and the queue of stable points that are to be expanded.
    package static let all = onTheWay + [RingQueues.explore]

    package init(queues: LeaseQueues) {
        self.queues = queues
    }

    /// Whether each of the points has a job on its way to a verdict, in whatever state: also a dead letter is one.
    func areOnTheWay(_ hashes: [PointHash]) async throws -> [Bool] {
        let ids = hashes.map(\.description)
        var found = Array(repeating: false, count: ids.count)
        for queue in Self.onTheWay {
            let open = found.indices.filter { !found[$0] }
            guard !open.isEmpty else { break }
            for (index, state) in zip(open, try await queues.states(of: open.map { ids[$0] }, in: queue))
            where state != nil {
                found[index] = true
            }
        }
        return found
    }

    /// Every job of a point, by its queue, in the order in which a point passes through them.
    package func jobs(of hash: PointHash) async throws -> [(queue: QueueName, state: JobState)] {
        var jobs: [(queue: QueueName, state: JobState)] = []
        for queue in Self.all {
            if let state = try await queues.states(of: [hash.description], in: queue)[0] { jobs.append((queue, state)) }
        }
        return jobs
    }
}
