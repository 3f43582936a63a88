// Declarations of CommandLineKit and Pipeline, with the same interface. Delete this file once those exist.
internal import ArgumentParser
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RedisClient
internal import RunLedger
internal import Support
internal import Synchronization

/// The exploration that a command is about, by its name or its YAML file.
struct ExplorationOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Choose the exploration by its name or its YAML file (default: the only one there is).",
            valueName: "name|file"))
    var exploration: String?

    init() {}

    /// - Parameter choice: a name or a YAML file; `nil` for the only exploration there is.
    init(_ choice: String?) {
        self.init()
        exploration = choice
    }

    /// Takes a positional argument, which some commands accept in place of the option.
    ///
    /// - Throws: `ValidationError` if both are given.
    func or(_ argument: String?) throws -> ExplorationOption {
        guard let argument else { return self }
        guard exploration == nil else {
            throw ValidationError("give the exploration once: either '\(argument)' or --exploration")
        }
        return ExplorationOption(argument)
    }

    /// The YAML file, if the option names a file. A name contains neither a dot nor a slash.
    var file: String? {
        exploration.flatMap { $0.contains { $0 == "." || $0 == "/" } ? $0 : nil }
    }

    /// Reads the YAML file; `nil` if the option does not name one.
    ///
    /// - Throws: ``DefinitionError``.
    func definition() throws -> ExplorationDefinition? {
        try file.map { try DefinitionReader.read(file: $0) }
    }

    /// The exploration's name; `nil` for the only one there is.
    ///
    /// - Throws: ``DefinitionError`` for a file that cannot be read.
    func name() throws -> String? {
        try definition()?.name ?? exploration
    }

    /// Chooses among the explorations of a ledger.
    ///
    /// - Throws: ``SettingError`` that lists the explorations; ``DefinitionError`` for a file that cannot be read.
    func choose(from registered: [RegisteredExploration]) throws -> RegisteredExploration {
        let names = registered.map(\.name).joined(separator: ", ")
        guard let first = registered.first else {
            throw SettingError(description: "the ledger has no exploration yet")
        }
        if let name = try name() {
            guard let found = registered.first(where: { $0.name == name }) else {
                throw SettingError(description: "the ledger has no exploration '\(name)'; it has \(names)")
            }
            return found
        }
        guard registered.count == 1 else {
            throw SettingError(
                description: "the ledger has several explorations; choose one with --exploration: \(names)")
        }
        return first
    }
}

extension RegisteredExploration {
    /// Reads the definition from the ledger's copy of its file.
    ///
    /// - Throws: ``DefinitionError`` if this version of the program cannot read it.
    func readDefinition() throws -> ExplorationDefinition {
        try DefinitionReader.read(text: definition, file: "the ledger's copy of \(name)")
    }
}

/// A limit on the rows that a command prints.
struct RowLimitOption: ParsableArguments {
    @Option(help: ArgumentHelp("Show at most N rows.", valueName: "n"))
    var limit: Int?

    /// The former name of `--limit` in some commands.
    @Option(name: .customLong("rows"), help: .hidden)
    var formerRows: Int?

    init() {}

    func validate() throws {
        guard limit == nil || formerRows == nil else {
            throw ValidationError("--rows is another name of --limit; give one of them")
        }
        guard rows ?? 1 >= 1 else { throw ValidationError("--limit must be at least 1") }
    }

    /// The largest number of rows, if one was given.
    var rows: Int? { limit ?? formerRows }
}

extension TimeSpan {
    /// Reads a span, or a bare number of seconds: for options that took a number of seconds before.
    ///
    /// Use it as the option's transform: `@Option(transform: TimeSpan.orSeconds)`.
    ///
    /// - Throws: `ValidationError` for any other text, and for a negative number.
    static func orSeconds(_ text: String) throws -> TimeSpan {
        guard let span = TimeSpan(text) ?? TimeSpan("\(text)s") else {
            throw ValidationError("'\(text)' is not a time: give a number with ms, s, m, h, d or w, such as 90s")
        }
        return span
    }
}

/// Something that is open until it is closed.
protocol Closable: Sendable {
    func close() async
}

extension LeaseQueues: Closable {}
extension RunLedger: Closable {}

/// Opens connections for as long as `body` runs, and closes them on every path, the last one first.
func withConnections<Result>(
    _ body: (ConnectionScope) async throws -> Result
) async throws -> Result {
    let scope = ConnectionScope()
    let result: Result
    do {
        result = try await body(scope)
    } catch {
        await scope.close()
        throw error
    }
    await scope.close()
    return result
}

/// The connections that ``withConnections(_:)`` closes.
final class ConnectionScope: Sendable {
    private let open = Mutex<[any Closable]>([])

    /// Closes `connection` when the scope ends.
    func closeAtEnd<Connection: Closable>(_ connection: Connection) -> Connection {
        open.withLock { $0.append(connection) }
        return connection
    }

    /// Connects to the queues of an exploration.
    ///
    /// - Parameter name: the consumer's name.
    func queues(
        of definition: ExplorationDefinition, at redis: RedisConfiguration, as name: ConsumerName, logger: Logger
    ) async throws -> LeaseQueues {
        closeAtEnd(
            try await LeaseQueues.connect(
                to: redis, namespace: definition.namespace,
                queues: RingQueues.configurations(for: definition.policy), consumer: name.description, logger: logger))
    }

    /// Connects to the queues of an exploration.
    ///
    /// - Parameter role: the executable's name without `atmos-`.
    func queues(
        of definition: ExplorationDefinition, at redis: RedisConfiguration, as role: String, logger: Logger
    ) async throws -> LeaseQueues {
        try await queues(of: definition, at: redis, as: ConsumerName(role: role), logger: logger)
    }

    /// Connects to the ledger.
    func ledger(
        at configuration: LedgerConfiguration, createDatabase: Bool = false, logger: Logger
    ) async throws -> RunLedger {
        closeAtEnd(try await RunLedger.connect(configuration, createDatabase: createDatabase, logger: logger))
    }

    /// Connects to the queues of an exploration and, if it is given, the ledger.
    ///
    /// - Parameter role: the executable's name without `atmos-`.
    func ring(
        of definition: ExplorationDefinition, redis: RedisConfiguration, ledger: LedgerConfiguration?, as role: String,
        logger: Logger
    ) async throws -> Ring {
        let queues = try await queues(of: definition, at: redis, as: role, logger: logger)
        var connected: RunLedger?
        if let ledger { connected = try await self.ledger(at: ledger, logger: logger) }
        return Ring(definition: definition, queues: queues, ledger: connected, logger: logger)
    }

    fileprivate func close() async {
        let connections = open.withLock { open in
            defer { open = [] }
            return open
        }
        for connection in connections.reversed() { await connection.close() }
    }
}
