package import LeaseQueue
package import Logging
package import RunLedger
internal import ServiceLifecycle

/// Carries points and results between the queues and the ledger.
///
/// Each batch is one transaction; its leases are completed only after the commit. A process that dies in between leaves
/// the batch to another, whose writes find everything in place.
package struct SQLClient: Service {
    let queues: LeaseQueues
    let logger: Logger
    private let batches: LedgerBatches
    /// How many jobs a transaction takes at the most.
    private let batch = 500

    package init(definition: ExplorationDefinition, queues: LeaseQueues, ledger: RunLedger, logger: Logger) {
        self.queues = queues
        self.logger = logger
        batches = LedgerBatches(definition: definition, ledger: ledger)
    }

    package func run() async throws {
        try await RoleLoop(logger: logger).run {
            var worked = false
            for queue in RingQueues.toLedger where !Task.isShuttingDownGracefully && !Task.isCancelled {
                worked = try await drainOnce(queue) || worked
            }
            if !worked {
                _ = try await queues.waitForWork(in: RingQueues.toLedger, upTo: .seconds(1))
            }
        }
    }

    /// Takes one batch from a queue; taking turns keeps any queue from starving the others.
    private func drainOnce(_ queue: QueueName) async throws -> Bool {
        let leases = try await queues.lease(batch, from: queue).leases
        guard !leases.isEmpty else { return false }
        do {
            let outcomes = try await settle(leases, of: queue)
            _ = try await queues.finish(outcomes, in: queue)
        } catch {
            // Nothing is lost if this fails too: the leases expire.
            _ = try? await queues.finish(leases.map { .release($0) }, in: queue)
            throw error
        }
        return true
    }

    /// Writes a batch. Where the ledger refuses it, halves are tried, so that one poison row cannot hold up the others.
    private func settle(_ leases: [Lease], of queue: QueueName) async throws -> [Outcome] {
        do {
            return try await batches.write(leases, of: queue)
        } catch  where !Outage.isOne(error) && !(error is CancellationError) {
            guard leases.count > 1 else {
                logger.error(
                    "the ledger refuses a message",
                    metadata: ["queue": "\(queue.rawValue)", "job": "\(leases[0].id)", "error": "\(error)"])
                return [.fail(leases[0], error: "\(error)", forward: [])]
            }
            let half = leases.count / 2
            return try await settle(Array(leases[..<half]), of: queue)
                + settle(Array(leases[half...]), of: queue)
        }
    }
}
