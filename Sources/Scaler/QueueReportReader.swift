package import ExplorationFile
package import LeaseQueue
internal import Pipeline

/// Reads the queues of explorations.
package struct QueueReportReader: Sendable {
    /// An exploration, the connection to its queues, and the queues to read.
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

    /// The most leases that are examined for their age and holder.
    private static let maxLeases = 1000

    package let sources: [Source]
    package let nodes: NodeTable
    /// The highest price of a machine per hour; `nil` for no limit.
    package let maximumPrice: Double?
    /// The run time of an exploration from a better source than the queue's counters; `nil` if unknown.
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

    /// Reads every queue once, in the order of the explorations and then of the ring.
    ///
    /// - Throws: `RedisError`, `LeaseQueueError`.
    package func read() async throws -> [QueueReportEntry] {
        var entries: [QueueReportEntry] = []
        for source in sources {
            let definition = source.definition
            let offers = nodes.offers(for: definition.resources, maximumPrice: maximumPrice)
            let measured = await runTime(definition)
            for name in source.names {
                let report = try await source.queues.report(of: name)
                let held =
                    report.counts.leased > 0
                    ? try await source.queues.heldLeases(in: name, limit: Self.maxLeases) : []
                let workers = Self.workers(holding: report.counts.leased, known: held)
                let estimate = RunTimeEstimate.runTime(
                    leased: report.counts.leased, workers: workers,
                    meanAge: held.map(\.age).reduce(.zero, +) / max(1, held.count),
                    lastMinute: report.lastMinute, lastHour: report.lastHour, limit: definition.policy.wallTime)
                entries.append(
                    QueueReportEntry(
                        exploration: definition.name, namespace: definition.namespace, queue: name, report: report,
                        runTime: name == RingQueues.main ? measured ?? estimate : estimate,
                        busyWorkers: workers, resources: definition.resources, nodes: offers))
            }
        }
        return entries
    }

    /// Estimates how many workers hold all leases from the leases that are known.
    static func workers(holding leased: Int, known: [HeldLease]) -> Int {
        let workers = Set(known.map(\.consumer)).count
        guard leased > known.count, !known.isEmpty else { return workers }
        return workers * leased / known.count
    }
}

/// Estimates the run time of a job from the counters of a queue.
package enum RunTimeEstimate {
    /// Completions within a minute from which on that minute alone is representative.
    private static let minCompletions = 20

    /// The smallest of three estimates.
    ///
    /// By Little's law the run time is the number of leased jobs divided by the completions per second: over the last
    /// minute, and over the last hour with the mean of the leased jobs at its start and end. Both are right while the
    /// number of leased jobs is constant. While workers are added, whose first jobs have not ended yet, both are too
    /// high. The third estimate limits that: a job takes about twice the mean age of the leased jobs, exactly so if all
    /// jobs take equally long, and less otherwise.
    ///
    /// The result is the time for which a job occupies a worker. If workers hold several jobs at once, because they
    /// prefetch or lease short jobs in batches, that is a fraction of the time for which a job is leased.
    ///
    /// - Parameters:
    ///   - leased: the number of leased jobs.
    ///   - workers: the number of workers that hold them.
    ///   - meanAge: the mean age of the leases.
    ///   - limit: the longest possible run time.
    /// - Returns: `nil` if nothing is leased or nothing has been completed.
    package static func runTime(
        leased: Int, workers: Int, meanAge: Duration, lastMinute: QueueRates, lastHour: QueueRates, limit: Duration
    ) -> Duration? {
        guard leased > 0, lastHour.completed > 0 else { return nil }
        let hour = lastHour
        let ended = hour.completed + hour.failed + hour.crashed + hour.released
        let before = max(0, leased + ended - hour.leased)
        var estimate = min(meanAge * 2, .seconds(3600) * (Double(before + leased) / 2 / Double(hour.completed)))
        if lastMinute.completed >= minCompletions {
            estimate = min(estimate, .seconds(60) * (Double(leased) / Double(lastMinute.completed)))
        }
        let share = min(1, Double(workers) / Double(leased))
        return min(limit, estimate * share)
    }
}
