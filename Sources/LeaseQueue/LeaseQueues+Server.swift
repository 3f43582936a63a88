internal import RedisClient

/// A server, and its memory of the namespace, at one time.
public struct ServerState: Sendable, Hashable {
    /// The ID of the server's process.
    public var runID: String?
    /// The ID of the data set that the server and its replicas have in common.
    public var replicationID: String?
    /// The server's time, in microseconds since 1970 UTC; `nil` before Redis 6.2.
    public var time: Int64?
    /// The mark that was set last; `nil` if there is none, for instance after the server has lost its data.
    public var mark: String?

    /// Creates the state of a server of which nothing is known.
    public init() {}
}

extension LeaseQueues {
    private static let markField = "mark"

    /// Returns the state of the server.
    /// - Throws: `RedisError`.
    public func serverState() async throws -> ServerState {
        let information = try await retrying { try await ServerCheck.information(of: connection) }
        var state = ServerState()
        state.runID = information["run_id"].map(String.init)
        state.replicationID = information["master_replid"].map(String.init)
        state.time = information["server_time_usec"].flatMap { Int64($0) }
        state.mark = try await retrying { try await connection.send("HGET", namespace.control, Self.markField) }.text
        return state
    }

    /// Leaves a mark in the namespace, which is lost with its jobs.
    /// - Throws: `RedisError`.
    public func setMark(_ mark: String) async throws {
        _ = try await retrying { try await connection.send("HSET", namespace.control, Self.markField, mark) }
    }
}
