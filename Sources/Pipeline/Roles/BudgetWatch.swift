internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import RunLedger
internal import ServiceLifecycle

/// Drains the workers of an exploration once its budget is spent. Any number of them may watch.
package struct BudgetWatch: Service {
    let ring: Ring

    package init(_ ring: Ring) {
        self.ring = ring
    }

    package func run() async throws {
        let keeper = BudgetKeeper(ring)
        try await RoleLoop(logger: ring.logger).run {
            let start = ContinuousClock.now
            if let reason = try await keeper.spent(), try await ring.queues.control(of: RingQueues.main) == .run {
                ring.logger.notice("the workers are told to drain", metadata: ["because": "\(reason)"])
                try await ring.queues.setControl(.drain, for: RingQueues.main)
            }
            // However long the ledger takes to add up, that takes a small part of the time.
            let pause = max(.seconds(1), start.duration(to: .now) * 20)
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }
}
