package import ExplorationFile
package import Health
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
    package let logger: Logger
    private let batches: LedgerBatches
    private let heartbeat: Heartbeat?

    package init(
        definition: ExplorationDefinition, queues: LeaseQueues, ledger: RunLedger, logger: Logger,
        heartbeat: Heartbeat? = nil
    ) {
        self.heartbeat = heartbeat
        self.queues = queues
        self.logger = logger
        batches = LedgerBatches(definition: definition, ledger: ledger)
    }

    package func run() async throws {
        var sizes: [QueueName: BatchSize] = [:]
        try await RoleLoop(logger: logger, heartbeat: heartbeat).run {
            var worked = false
            for queue in RingQueues.toLedger where !Task.isShuttingDownGracefully && !Task.isCancelled {
                worked = try await drainOnce(queue, &sizes[queue, default: BatchSize()]) || worked
            }
            if !worked {
                _ = try await queues.waitForWork(in: RingQueues.toLedger, upTo: .seconds(1))
            }
        }
    }

    /// Takes one batch from a queue; taking turns keeps any queue from starving the others.
    private func drainOnce(_ queue: QueueName, _ size: inout BatchSize) async throws -> Bool {
        let leases = try await take(size.limit, from: queue)
        guard !leases.isEmpty else { return false }
        let start = ContinuousClock.now
        do {
            try await finish(try await settle(leases, of: queue), in: queue)
        } catch {
            // Nothing is lost if this fails too: the leases expire.
            try? await finish(leases.map { .release($0) }, in: queue)
            throw error
        }
        let elapsed = start.duration(to: .now)
        size.note(taken: leases.count, bytes: leases.reduce(0) { $0 + $1.payload.count }, in: elapsed)
        RingMetrics.wrote(leases.count, from: queue, in: elapsed)
        return true
    }

    /// Leases up to `count` jobs, which may take more than one call.
    private func take(_ count: Int, from queue: QueueName) async throws -> [Lease] {
        var leases: [Lease] = []
        while leases.count < count {
            let wanted = min(count - leases.count, Self.callLimit)
            do {
                let more = try await queues.lease(wanted, from: queue).leases
                leases += more
                if more.count < wanted { break }
            } catch {
                // What came before is worth writing.
                if leases.isEmpty { throw error }
                break
            }
        }
        return leases
    }

    /// Ends leases, which may take more than one call. Each call is whole in itself.
    private func finish(_ outcomes: [Outcome], in queue: QueueName) async throws {
        var rest = outcomes[...]
        while !rest.isEmpty {
            _ = try await queues.finish(Array(rest.prefix(Self.callLimit)), in: queue)
            rest = rest.dropFirst(Self.callLimit)
        }
    }

    /// How many jobs one call to the queue takes.
    private static let callLimit = 1_000

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
