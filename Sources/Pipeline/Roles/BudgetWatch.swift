package import ExplorationFile
package import LeaseQueue
package import Logging
package import RunLedger
internal import ServiceLifecycle

/// Drains the workers of an exploration once its budget is spent. Any number of them may watch.
package struct BudgetWatch: Service {
    let queues: LeaseQueues
    package let logger: Logger
    private let keeper: BudgetKeeper

    package init(definition: ExplorationDefinition, queues: LeaseQueues, ledger: RunLedger, logger: Logger) {
        self.queues = queues
        self.logger = logger
        keeper = BudgetKeeper(definition: definition, queues: queues, ledger: ledger)
    }

    package func run() async throws {
        try await RoleLoop(logger: logger).run {
            let start = ContinuousClock.now
            if let reason = try await keeper.spent(), try await queues.control(of: RingQueues.main) == .run {
                logger.notice("the workers are told to drain", metadata: ["because": "\(reason)"])
                try await queues.setControl(.drain, for: RingQueues.main)
            }
            // However long the ledger takes to add up, that takes a small part of the time.
            let pause = max(.seconds(1), start.duration(to: .now) * 20)
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }
}
