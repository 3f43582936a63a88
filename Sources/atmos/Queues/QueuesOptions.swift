internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import FoundationEssentials
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RedisClient
internal import RunLedger
internal import Support

/// Whose queues a command is about.
struct QueuesOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The exploration, by its name or its YAML file.",
            discussion: "Not needed where there is only one. With a file and a Redis that a flag or the environment "
                + "names, no ledger is needed either."))
    var exploration: String?

    @OptionGroup var data: DataOptions
    @OptionGroup var redis: RedisOptions

    /// Connects to the queues for as long as `body` takes, with the private servers of the folder where they are not
    /// running.
    ///
    /// - Parameter role: who the command says that it is.
    func withQueues(
        as role: String, logger: Logger,
        _ body: @Sendable @escaping (LeaseQueues, ExplorationDefinition) async throws -> Void
    ) async throws {
        let url = try EnvironmentSetting.value(flag: redis.redisURL, variable: EnvironmentNames.redisURL)
        if data.data == nil, url != nil, let file = exploration, file.hasSuffix(".yaml") || file.hasSuffix(".yml") {
            let definition = try DefinitionReader.read(file: file)
            return try await connect(to: redis.configuration(), definition, role, logger, body)
        }
        try await data.withLedger(logger: logger) { [self] ledger, servers in
            let definition = try chosen(among: try await ledger.registered())
            let configuration = try redis.redisURL == nil ? servers?.redisConfiguration() : nil
            try await connect(to: configuration ?? redis.configuration(), definition, role, logger, body)
        }
    }

    private func chosen(among registered: [RegisteredExploration]) throws -> ExplorationDefinition {
        var name = exploration
        if let file = exploration, file.hasSuffix(".yaml") || file.hasSuffix(".yml") {
            name = try DefinitionReader.read(file: file).name
        }
        let names = registered.map(\.name).joined(separator: ", ")
        let fitting = registered.filter { name == nil || $0.name == name }
        guard let only = fitting.first, fitting.count == 1 else {
            throw SettingError(
                description: registered.isEmpty
                    ? "the ledger knows no exploration"
                    : name.map { "the ledger knows no exploration '\($0)', but \(names)" }
                        ?? "the ledger knows several explorations: choose one of \(names) with --exploration")
        }
        return try DefinitionReader.read(text: only.definition, file: "the ledger's copy of \(only.name)")
    }

    private func connect(
        to configuration: RedisConfiguration, _ definition: ExplorationDefinition, _ role: String, _ logger: Logger,
        _ body: (LeaseQueues, ExplorationDefinition) async throws -> Void
    ) async throws {
        let queues = try await LeaseQueues.connect(
            to: configuration, namespace: definition.namespace,
            queues: RingQueues.configurations(for: definition.policy),
            consumer: ConsumerName(role: role).description, logger: logger)
        do {
            try await body(queues, definition)
        } catch {
            await queues.close()
            throw error
        }
        await queues.close()
    }
}

/// The name of one of the ring's queues.
struct QueueArgument: ExpressibleByArgument {
    let name: QueueName

    init?(argument: String) {
        guard let name = RingQueues.all.first(where: { $0.rawValue == argument }) else { return nil }
        self.name = name
    }

    static var allValueStrings: [String] { RingQueues.all.map(\.rawValue) }
}
