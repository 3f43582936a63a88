package import Exploration
package import LeaseQueue

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

    package let sources: [Source]
    package let nodes: NodeTable
    /// None of the machines costs more for an hour; nil for any.
    package let maximumPrice: Double?
    /// How long a job takes, where somebody knows better than the counters.
    package let runTime: Duration?

    package init(sources: [Source], nodes: NodeTable, maximumPrice: Double? = nil, runTime: Duration? = nil) {
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
            for name in source.names {
                let report = try await source.queues.report(of: name)
                work.append(
                    QueueWork(
                        exploration: definition.name, namespace: definition.namespace, queue: name, report: report,
                        runTime: runTime
                            ?? RunTimeEstimate.runTime(
                                leased: report.counts.leased, lastMinute: report.lastMinute, lastHour: report.lastHour,
                                limit: definition.policy.wallTime),
                        resources: definition.resources, nodes: offers))
            }
        }
        return work
    }
}
