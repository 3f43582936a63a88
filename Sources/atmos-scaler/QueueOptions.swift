internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Scaler
internal import Support

/// The queues and machines to look at.
struct QueueOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The explorations' YAML files (default: \(EnvironmentNames.exploration), several separated by ':').",
            valueName: "exploration"))
    var files: [String] = []

    @Option(help: "Select queues by a regular expression that matches the whole name: 'main', '.*', '.*_sql'.")
    var queue = "main"

    @Option(help: "Read machines, their prices and node groups from this YAML table; see config/scaler/nodes.yaml.")
    var nodes: String?

    @Option(help: "Leave out machines with a higher price per hour.")
    var maxCost: Double?

    @Option(
        help: ArgumentHelp(
            "Assume this run time (default: as measured recently).",
            discussion: "Measured by the ledger if --mariadb-url or \(EnvironmentNames.mariaDBURL) is set. Otherwise "
                + "estimated from the queue's counters, less accurately while the number of workers changes."),
        transform: TimeSpan.orSeconds)
    var runTime: TimeSpan?

    @OptionGroup var redis: RedisOptions
    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
        if let maxCost, !(maxCost >= 0) { throw ValidationError("--max-cost must be 0 or more") }
        if let runTime, !(runTime.duration > .zero && runTime.duration <= .seconds(1e8)) {
            throw ValidationError("--run-time must be above 0 and at most 3 years")
        }
    }

    /// Connects to the queues while `body` runs.
    func withReader<Result>(
        logger: Logger, _ body: (QueueReportReader) async throws -> Result
    ) async throws -> Result {
        let names = try matchingQueues()
        let table = try nodes.map { try NodeTable(file: $0) } ?? NodeTable(shapes: [])
        let measured = try await measuredLedger(logger: logger)
        var sources: [QueueReportReader.Source] = []
        func close() async {
            for source in sources { await source.queues.close() }
            await measured?.close()
        }
        do {
            for definition in try definitions() {
                let queues = try await redis.queues(of: definition, as: ConsumerName(role: "scaler"), logger: logger)
                sources.append(QueueReportReader.Source(definition: definition, queues: queues, names: names))
            }
            let assumed = runTime?.duration
            let reader = QueueReportReader(sources: sources, nodes: table, maximumPrice: maxCost) { definition in
                if let assumed { return assumed }
                return await measured?.recentRunTime(of: definition, logger: logger)
            }
            let result = try await body(reader)
            await close()
            return result
        } catch {
            await close()
            throw error
        }
    }

    private func measuredLedger(logger: Logger) async throws -> RunLedger? {
        let url = try EnvironmentSetting.value(flag: ledger.mariadbURL, variable: EnvironmentNames.mariaDBURL)
        guard runTime == nil, url != nil else { return nil }
        return try await RunLedger.connect(ledger.configuration(), logger: logger)
    }

    private func definitions() throws -> [ExplorationDefinition] {
        var options = ExplorationFilesArgument()
        options.files =
            try files.isEmpty
            ? EnvironmentSetting.required(
                flagName: "files", variable: EnvironmentNames.exploration, meaning: "the list of explorations"
            ).split(separator: ":").map(String.init) : files
        return try options.definitions()
    }

    private func matchingQueues() throws -> [QueueName] {
        let pattern: Regex<AnyRegexOutput>
        do {
            pattern = try Regex(queue)
        } catch {
            throw SettingError(description: "invalid regular expression --queue '\(queue)': \(error)")
        }
        let names = RingQueues.all.filter { $0.rawValue.wholeMatch(of: pattern) != nil }
        guard !names.isEmpty else {
            throw SettingError(
                description: "no queue's name matches '\(queue)' as a whole; the queues are "
                    + RingQueues.all.map(\.rawValue).joined(separator: ", "))
        }
        return names
    }
}

extension RunLedger {
    /// The mean run time of the last runs; `nil` if there are none, or if the ledger does not answer.
    fileprivate func recentRunTime(of definition: ExplorationDefinition, logger: Logger) async -> Duration? {
        do {
            let mean = try await meanRunTime(of: definition.table, timeLimit: .seconds(5))
            return mean.flatMap { $0 > .zero ? $0 : nil }
        } catch {
            logger.warning("run times not available from the ledger; estimating", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

/// The workers that the cluster has now.
struct LiveOptions: ParsableArguments {
    @Flag(help: "Ask the cluster for the workers that it has now.")
    var live = false

    @OptionGroup var cluster: ClusterOptions

    /// Returns the entries with the workers of the cluster, if wanted.
    func counted(_ entries: [QueueReportEntry], logger: Logger) async throws -> [QueueReportEntry] {
        live ? try await cluster.counted(entries, logger: logger) : entries
    }
}

extension ClusterOptions {
    /// Returns the entries with the workers of the cluster.
    func counted(_ entries: [QueueReportEntry], logger: Logger) async throws -> [QueueReportEntry] {
        let client = try client(logger: logger)
        var counted: [QueueReportEntry] = []
        for entry in entries {
            let group = WorkerGroup(
                exploration: entry.exploration, queue: entry.queue.rawValue, namespace: namespace)
            counted.append(entry.with(live: try await client.workerCounts(group)))
        }
        return counted
    }
}
