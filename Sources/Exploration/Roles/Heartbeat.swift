internal import LeaseQueue

/// Keeps a lease for as long as the work on it goes on.
struct Heartbeat: Sendable {
    let queues: LeaseQueues
    let leaseTime: Duration

    enum End: Sendable {
        /// The lease could not be kept: it is, or may by now be, somebody else's.
        case lost
        /// The operator wants the work ended.
        case stopped
        /// The work is over.
        case ended
    }

    /// Extends the lease three times in each lease time, until the task is cancelled.
    func beat(for lease: Lease) async -> End {
        var pause = leaseTime / 3
        while true {
            do {
                try await Task.sleep(for: pause)
                let reply = try await queues.extend([lease], by: leaseTime)
                guard reply.held[0] else { return .lost }
                if reply.control == .stop { return .stopped }
                pause = leaseTime / 3
            } catch is CancellationError {
                return .ended
            } catch {
                guard lease.isValid else { return .lost }
                pause = min(pause, .seconds(1))
            }
        }
    }
}
