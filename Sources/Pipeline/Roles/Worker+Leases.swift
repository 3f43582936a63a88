internal import LeaseQueue

/// How a worker comes by leases, and what becomes of them.
extension Worker {
    /// Leases of one exploration.
    typealias Held = (index: Int, leases: [Lease])

    /// Asks the explorations for points, in the order of their turns.
    /// - Parameter ahead: take only what no idle worker would run sooner: where more points wait than are held.
    func take(_ shift: inout WorkShift, atMost most: Int, ahead: Bool = false) async throws -> Held? {
        for index in shift.turns {
            if ahead {
                let counts = try await loop.insist { try await sources[index].queues.counts()[RingQueues.main] }
                guard let counts, counts.ready > counts.leased else { continue }
            }
            let count = min(shift.size(index), most)
            let reply = try await loop.insist { try await sources[index].queues.lease(count, from: RingQueues.main) }
            shift.note(index, reply)
            if let held = try await admitted(reply, of: index, shift) { return held }
        }
        return nil
    }

    /// Waits for points for up to a second.
    func wait(_ shift: inout WorkShift, atMost most: Int) async throws -> Held? {
        let open = shift.open
        if open.count == 1, let index = open.first {
            let count = min(shift.size(index), most)
            let reply = try await loop.insist {
                try await sources[index].queues.lease(count, from: RingQueues.main, wait: .seconds(1))
            }
            shift.note(index, reply)
            return try await admitted(reply, of: index, shift)
        }
        try await loop.insist {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in open {
                    let queues = sources[index].queues
                    group.addTask { _ = try await queues.waitForWork(in: [RingQueues.main], upTo: .seconds(1)) }
                }
                // The first that hears of work is enough; one that is woken for nothing costs a second at most.
                try await group.next()
                group.cancelAll()
            }
        }
        shift.wakeAll()
        return nil
    }

    /// What may be run of a reply: nothing where the operator drains or stops the exploration.
    func admitted(_ reply: LeaseReply, of index: Int, _ shift: WorkShift) async throws -> Held? {
        guard !reply.leases.isEmpty else { return nil }
        guard shift.open.contains(index) else {
            try await giveBack(reply.leases, to: index)
            return nil
        }
        return (index, reply.leases)
    }

    func areFinished(_ indices: [Int]) async throws -> Bool {
        for index in indices {
            guard try await loop.insist({ try await sources[index].queues.counts() }).isFinished else { return false }
        }
        return true
    }

    /// Reports how the runs of a batch ended, gives back what was not run, and takes the next points in the same call.
    func report(_ batch: BatchRunner.Result, to index: Int, leasesNext: Int) async throws -> LeaseReply {
        let outcomes = batch.outcomes + batch.unfinished.map { .release($0) }
        let queues = sources[index].queues
        // A result may have cost hours: no outage makes it less worth reporting. If another worker has the point by
        // then, the fencing token says so and nothing is recorded twice. A task of its own, because this happens
        // while the worker's own task is cancelled, too.
        let finish = Task {
            try await loop.insist { try await queues.finish(outcomes, in: RingQueues.main, leaseNext: leasesNext) }
        }
        let reply = try await finish.value.next
        guard Task.isCancelled else { return reply }
        try await giveBack(reply.leases, to: index)
        throw CancellationError()
    }

    /// Gives leases back at once, so that others need not wait for them to expire; no attempt is counted.
    ///
    /// A task of its own, because this happens while the worker's own task is cancelled.
    func giveBack(_ leases: [Lease], to index: Int) async throws {
        guard !leases.isEmpty else { return }
        let queues = sources[index].queues
        _ = try await Task { try await queues.finish(leases.map { .release($0) }, in: RingQueues.main) }.value
    }
}
