internal import Logging
internal import RedisClient
internal import Synchronization

/// Connections for blocking waits, one for each running wait, so that a wait never delays another command.
final class BlockingConnections: Sendable {
    private let configuration: RedisConfiguration
    private let logger: Logger
    private let idle = Mutex<(connections: [RedisConnection], isClosed: Bool)>(([], false))

    init(configuration: RedisConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// The idle connections that are kept for later waits.
    private static let maxIdle = 8

    /// Waits until one of the lists has an element, removes the element, and returns the index of the list in `keys`;
    /// `nil` if the time limit passes first.
    func takeFirst(of keys: [String], within limit: Duration) async throws -> Int? {
        try Task.checkCancellation()
        let connection = try await take()
        var command = RedisCommand("BLPOP")
        for key in keys { command.append(key) }
        // Zero would wait without a limit.
        command.append(Self.seconds(max(limit, .milliseconds(1))))
        let reply: RedisValue
        do {
            reply = try await withTaskCancellationHandler {
                try await connection.send(command, limit: limit + configuration.commandTimeout)
            } onCancel: {
                // Also ends the wait on the server, so that it does not remove an element for a cancelled task.
                connection.close()
            }
        } catch {
            connection.close()
            try Task.checkCancellation()
            throw error
        }
        giveBack(connection)
        return reply.elements?.first?.text.flatMap { keys.firstIndex(of: $0) }
    }

    func close() {
        let connections = idle.withLock { state in
            state.isClosed = true
            defer { state.connections = [] }
            return state.connections
        }
        for connection in connections { connection.close() }
    }

    private func take() async throws -> RedisConnection {
        if let connection = idle.withLock({ $0.connections.popLast() }) { return connection }
        return try await RedisConnection.connect(to: configuration, logger: logger)
    }

    private func giveBack(_ connection: RedisConnection) {
        let isKept = idle.withLock { state in
            guard !state.isClosed, state.connections.count < Self.maxIdle else { return false }
            state.connections.append(connection)
            return true
        }
        if !isKept { connection.close() }
    }

    /// Seconds with three decimals, the format of BLPOP.
    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        let fraction = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(milliseconds / 1000).\(fraction)"
    }
}
