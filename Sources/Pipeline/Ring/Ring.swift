package import ExplorationFile
internal import FoundationEssentials
package import LeaseQueue
package import Logging
package import ParameterSpace
package import RedisClient
package import RunLedger
internal import Synchronization

/// An exploration with its queues and its ledger, connected. Roles, repairs and commands are made from this one value.
package struct Ring: Sendable {
    package let definition: ExplorationDefinition
    package let queues: LeaseQueues
    package let logger: Logger
    private let connectedLedger: RunLedger?

    /// - Parameter ledger: `nil` for a role that does not need it: the starter, and a master if
    ///   ``ExplorationDefinition/masterReadsLedger`` is false.
    package init(definition: ExplorationDefinition, queues: LeaseQueues, ledger: RunLedger?, logger: Logger) {
        self.definition = definition
        self.queues = queues
        self.logger = logger
        connectedLedger = ledger
    }

    /// The ledger.
    ///
    /// - Throws: ``MissingLedger`` if the process was not given one.
    package var ledger: RunLedger {
        get throws(MissingLedger) {
            guard let connectedLedger else { throw MissingLedger() }
            return connectedLedger
        }
    }

    /// The ledger's rows of the given points, one for each; `nil` for a point that the ledger does not know.
    package func ledgerPoints(_ hashes: [PointHash]) async throws -> [LedgerPoint?] {
        try await ledger.points(hashes.map(\.bytes), in: definition.table)
    }

    /// Finds the jobs of points in the ring's queues.
    package var jobs: JobLocator { JobLocator(queues: queues) }

    /// The expansion that a local search performs at present: by the budget's tolerance, and by the phase of the
    /// search.
    func currentExpansion(of search: any LocalSearch) async throws -> LocalExpansion {
        try await LocalExpansion(search, in: definition)
            .within { try await ledger.budget(of: definition.table) }
            .now { try await queues.contains(.startSecondPhase(waits: 0)) }
    }

    /// The ids of jobs that carry a search on and have become dead letters, at most 1,000.
    func deadSearches() async throws -> [String] {
        try await queues.deadLetters(in: RingQueues.explore, limit: 1_000).filter { letter in
            if case .search = try? RingMessage(payload: letter.payload) { true } else { false }
        }.map(\.id)
    }

    /// Queues jobs that carry a search on, except those that wait or are being worked on already. Dead letters among
    /// them are retried: a search has only this job.
    ///
    /// - Returns: how many jobs are new.
    @discardableResult
    func enqueue(searches: [SearchMessage]) async throws -> Int {
        _ = try await queues.retryDead(ids: searches.flatMap(\.jobIDs), in: RingQueues.explore)
        var missing: [Job] = []
        for search in searches {
            if try await !queues.contains(search) { missing.append(.search(search)) }
        }
        return try await queues.enqueue(missing, to: RingQueues.explore).count { $0 }
    }
}

/// The search needs the ledger, and the process was not configured with one.
package struct MissingLedger: Error, CustomStringConvertible {
    package let description = "this strategy's master needs the ledger; set the URL of MariaDB"
}

/// The name that a process signs its leases with: role, host and process id, and a random part, since process ids
/// repeat.
package struct ConsumerName: Sendable, CustomStringConvertible {
    package let host: String
    package let description: String

    /// - Parameter role: the executable's name without `atmos-`.
    package init(role: String) {
        host = ProcessInfo.processInfo.hostName
        let process = ProcessInfo.processInfo.processIdentifier
        description = "\(role)@\(host):\(process):\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
    }
}

/// Something that is open until it is closed.
package protocol Closable: Sendable {
    func close() async
}

extension LeaseQueues: Closable {}
extension RunLedger: Closable {}

extension LeaseQueues {
    /// Connects to the queues of an exploration.
    package static func connect(
        to redis: RedisConfiguration, of definition: ExplorationDefinition, as name: ConsumerName, logger: Logger
    ) async throws -> LeaseQueues {
        try await connect(
            to: redis, namespace: definition.namespace, queues: RingQueues.configurations(for: definition.policy),
            consumer: name.description, logger: logger)
    }
}

/// Opens connections for as long as `body` runs, and closes them on every path, the last one first.
package func withConnections<Result>(
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
package final class ConnectionScope: Sendable {
    private let open = Mutex<[any Closable]>([])

    /// Closes `connection` when the scope ends.
    package func closeAtEnd<Connection: Closable>(_ connection: Connection) -> Connection {
        open.withLock { $0.append(connection) }
        return connection
    }

    /// Connects to the queues of an exploration.
    ///
    /// - Parameter name: the consumer's name.
    package func queues(
        of definition: ExplorationDefinition, at redis: RedisConfiguration, as name: ConsumerName, logger: Logger
    ) async throws -> LeaseQueues {
        closeAtEnd(try await LeaseQueues.connect(to: redis, of: definition, as: name, logger: logger))
    }

    /// Connects to the queues of an exploration.
    ///
    /// - Parameter role: the executable's name without `atmos-`.
    package func queues(
        of definition: ExplorationDefinition, at redis: RedisConfiguration, as role: String, logger: Logger
    ) async throws -> LeaseQueues {
        try await queues(of: definition, at: redis, as: ConsumerName(role: role), logger: logger)
    }

    /// Connects to the ledger.
    package func ledger(
        at configuration: LedgerConfiguration, createDatabase: Bool = false, logger: Logger
    ) async throws -> RunLedger {
        closeAtEnd(try await RunLedger.connect(configuration, createDatabase: createDatabase, logger: logger))
    }

    /// Connects to the queues of an exploration and, if it is given, the ledger.
    ///
    /// - Parameter role: the executable's name without `atmos-`.
    package func ring(
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
