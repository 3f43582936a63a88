internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Scaler
internal import Support

/// Which queues are looked at, and what machines there are.
struct WorkOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The explorations' YAML files (default: \(EnvironmentNames.exploration), several separated by ':').",
            valueName: "exploration"))
    var files: [String] = []

    @Option(help: "The queues, by a regular expression that the whole name matches: 'main', '.*', '.*_sql'.")
    var queue = "main"

    @Option(help: "A YAML table of machines, their prices and node groups; see config/scaler/nodes.yaml.")
    var nodes: String?

    @Option(help: "Leave out machines that cost more than this for an hour.")
    var maxCost: Double?

    @Option(
        help: ArgumentHelp(
            "How many seconds a run takes (default: as seen lately).",
            discussion: "As the ledger has it, where --mariadb-url or \(EnvironmentNames.mariaDBURL) says where it is. "
                + "Else by what the queue counts, which is rougher while the number of workers changes."))
    var runTime: Double?

    @OptionGroup var redis: RedisOptions
    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
        if let maxCost, !(maxCost >= 0) {
            throw ValidationError("--max-cost must be 0 or more")
        }
        if let runTime, !(runTime > 0 && runTime <= 1e8) { throw ValidationError("--run-time must be above 0") }
    }

    /// Connects to the queues for as long as `body` takes.
    func withReader<Result>(logger: Logger, _ body: (WorkReader) async throws -> Result) async throws -> Result {
        let names = try matchingQueues()
        let table = try nodes.map { try NodeTableReader.read(file: $0) } ?? NodeTable(shapes: [])
        let measured = try await measuredRunTimes(logger: logger)
        var sources: [WorkReader.Source] = []
        func close() async {
            for source in sources { await source.queues.close() }
            await measured?.close()
        }
        do {
            for definition in try definitions() {
                let queues = try await redis.queues(of: definition, as: ConsumerName(role: "scaler"), logger: logger)
                sources.append(WorkReader.Source(definition: definition, queues: queues, names: names))
            }
            let given = runTime.map(Duration.seconds)
            let reader = WorkReader(sources: sources, nodes: table, maximumPrice: maxCost) { definition in
                if let given { return given }
                return await measured?.runTime(of: definition)
            }
            let result = try await body(reader)
            await close()
            return result
        } catch {
            await close()
            throw error
        }
    }

    private func measuredRunTimes(logger: Logger) async throws -> MeasuredRunTimes? {
        let url = try EnvironmentSetting.value(flag: ledger.mariadbURL, variable: EnvironmentNames.mariaDBURL)
        guard runTime == nil, url != nil else { return nil }
        return MeasuredRunTimes(
            ledger: try await RunLedger.connect(ledger.configuration(), logger: logger), logger: logger)
    }

    private func definitions() throws -> [ExplorationDefinition] {
        let files =
            try files.isEmpty
            ? EnvironmentSetting.required(
                flagName: "files", variable: EnvironmentNames.exploration, meaning: "which explorations to look at"
            ).split(separator: ":").map(String.init) : files
        let definitions = try files.map { try DefinitionReader.read(file: $0) }
        for (index, definition) in definitions.enumerated() {
            let twin = definitions[..<index].firstIndex { $0.name == definition.name }
            if let twin {
                throw SettingError(
                    description: "'\(files[twin])' and '\(files[index])' are both named '\(definition.name)'; each "
                        + "exploration is given once")
            }
        }
        return definitions
    }

    private func matchingQueues() throws -> [QueueName] {
        let pattern: Regex<AnyRegexOutput>
        do {
            pattern = try Regex(queue)
        } catch {
            throw SettingError(description: "--queue is '\(queue)', which is no regular expression: \(error)")
        }
        let names = RingQueues.all.filter { $0.rawValue.wholeMatch(of: pattern) != nil }
        guard !names.isEmpty else {
            throw SettingError(
                description: "no queue's name matches '\(queue)' as a whole; they are "
                    + RingQueues.all.map(\.rawValue).joined(separator: ", "))
        }
        return names
    }
}
