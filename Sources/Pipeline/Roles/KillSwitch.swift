package import LeaseQueue
package import Logging

/// Stops or resumes the workers of an exploration, or clears its queues.
package struct KillSwitch: Sendable {
    let queues: LeaseQueues
    package let logger: Logger

    package init(queues: LeaseQueues, logger: Logger) {
        self.queues = queues
        self.logger = logger
    }

    /// Sets the workers' control state. They learn of it with their next call, a heartbeat at the latest.
    package func set(_ state: ControlState) async throws {
        try await queues.setControl(state, for: RingQueues.main)
    }

    /// Waits until the ring was found empty a number of times in a row, then stops the workers.
    ///
    /// - Parameters:
    ///   - emptyChecks: how often in a row the ring must be found empty.
    ///   - report: receives the result of each check: the number of outstanding jobs, and how often in a row there
    ///     were none.
    /// - Returns: a sentence about messages that did not arrive, because of which the exploration is not complete; `nil`
    ///   if there are none.
    package func watch(
        forgive emptyChecks: Int, every interval: Duration, report: (_ outstanding: Int, _ emptyInARow: Int) -> Void
    ) async throws -> String? {
        let loop = RoleLoop(logger: logger)
        var emptyInARow = 0
        while true {
            let counts = try await loop.retryingThroughOutages { try await queues.counts() }
            emptyInARow = counts.isFinished ? emptyInARow + 1 : 0
            report(counts.values.reduce(0) { $0 + $1.outstanding }, emptyInARow)
            if emptyInARow >= emptyChecks {
                try await set(.stop)
                return counts.deadLetterWarning
            }
            try await Task.sleep(for: interval)
        }
    }

    /// The number of points that workers are running now.
    package func pointsBeingRun() async throws -> Int {
        try await queues.counts()[RingQueues.main]?.leased ?? 0
    }

    /// The consumers of any role that hold leases now. At most `limit` leases of each queue are looked at.
    package func holders(limit: Int) async throws -> Set<String> {
        var holders: Set<String> = []
        for queue in RingQueues.all {
            holders.formUnion(try await queues.heldLeases(in: queue, limit: limit).map(\.consumer))
        }
        return holders
    }

    /// Deletes every queue of the exploration.
    package func reset() async throws {
        try await queues.clear()
        try await queues.setMark(Self.resetMark)
    }

    /// The mark of queues that were cleared on purpose: they are not repaired until there are jobs again.
    static let resetMark = "reset"
}
