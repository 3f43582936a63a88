internal import LeaseQueue

/// Keeps the leases of a batch for as long as the work on it goes on.
struct Heartbeat: Sendable {
    let queues: LeaseQueues
    let leaseTime: Duration

    enum End: Sendable {
        /// A lease could not be kept: it is, or may by now be, somebody else's.
        case lost
        /// The operator wants the work ended.
        case stopped
        /// The work is over.
        case ended
    }

    /// Extends all the leases three times in each lease time, until the task is cancelled.
    func beat(for leases: [Lease]) async -> End {
        var pause = leaseTime / 3
        while true {
            do {
                try await Task.sleep(for: pause)
                let reply = try await queues.extend(leases, by: leaseTime)
                guard reply.held.allSatisfy(\.self) else { return .lost }
                if reply.control == .stop { return .stopped }
                pause = leaseTime / 3
            } catch is CancellationError {
                return .ended
            } catch {
                guard leases.allSatisfy(\.isValid) else { return .lost }
                pause = min(pause, .seconds(1))
            }
        }
    }
}
