package import ExplorationFile
package import LeaseQueue
internal import Pipeline

/// Reads the queues of explorations as work for a cluster.
package struct WorkReader: Sendable {
    /// An exploration, the connection to its queues, and those that are asked for.
    package struct Source: Sendable {
        package let definition: ExplorationDefinition
        package let queues: LeaseQueues
        package let names: [QueueName]

        package init(definition: ExplorationDefinition, queues: LeaseQueues, names: [QueueName]) {
            self.definition = definition
            self.queues = queues
            self.names = names
        }
    }

    /// How many leases are looked at, for how long jobs have been in work and by how many workers.
    private static let sample = 1000

    package let sources: [Source]
    package let nodes: NodeTable
    /// None of the machines costs more for an hour; nil for any.
    package let maximumPrice: Double?
    /// How long a run of an exploration takes, where somebody knows better than the queue's counters; nil where not.
    package let runTime: @Sendable (ExplorationDefinition) async -> Duration?

    package init(
        sources: [Source], nodes: NodeTable, maximumPrice: Double? = nil,
        runTime: @escaping @Sendable (ExplorationDefinition) async -> Duration? = { _ in nil }
    ) {
        self.sources = sources
        self.nodes = nodes
        self.maximumPrice = maximumPrice
        self.runTime = runTime
    }

    /// One look at every queue, in the order of the explorations and then as the ring has them.
    ///
    /// - Throws: `RedisError`, `LeaseQueueError`.
    package func read() async throws -> [QueueWork] {
        var work: [QueueWork] = []
        for source in sources {
            let definition = source.definition
            let offers = nodes.offers(for: definition.resources, maximumPrice: maximumPrice)
            let measured = await runTime(definition)
            for name in source.names {
                let report = try await source.queues.report(of: name)
                let held =
                    report.counts.leased > 0
                    ? try await source.queues.heldLeases(in: name, limit: Self.sample) : []
                let workers = Self.holders(of: held, leased: report.counts.leased)
                let estimate = RunTimeEstimate.runTime(
                    leased: report.counts.leased, workers: workers,
                    meanAge: held.map(\.age).reduce(.zero, +) / max(1, held.count),
                    lastMinute: report.lastMinute, lastHour: report.lastHour, limit: definition.policy.wallTime)
                work.append(
                    QueueWork(
                        exploration: definition.name, namespace: definition.namespace, queue: name, report: report,
                        runTime: name == RingQueues.main ? measured ?? estimate : estimate,
                        workersAtWork: workers, resources: definition.resources, nodes: offers))
            }
        }
        return work
    }

    /// How many workers hold so many leases, of which some are known: as many of the rest as of those.
    static func holders(of known: [HeldLease], leased: Int) -> Int {
        let holders = Set(known.map(\.consumer)).count
        guard leased > known.count, !known.isEmpty else { return holders }
        return holders * leased / known.count
    }
}
