internal import RedisClient

/// Checks that a server is suitable for queues.
enum ServerCheck {
    /// The first version that has LPOS.
    private static let oldestVersion = [6, 0, 6]

    static func check(_ connection: RedisConnection) async throws {
        let information = try await information(of: connection)
        guard !information.isEmpty else { return }
        let policy = information["maxmemory_policy"] ?? "unknown"
        guard policy == "noeviction" else {
            throw LeaseQueueError(
                .unsuitableServer,
                "Redis at \(connection.configuration) may evict jobs when its memory is full (maxmemory-policy is"
                    + " \(policy)); use CONFIG SET maxmemory-policy noeviction, and change its configuration file")
        }
        let version = information["redis_version"] ?? "unknown"
        let numbers = version.split(separator: ".").map { Int($0) ?? 0 }
        guard !numbers.lexicographicallyPrecedes(oldestVersion) else {
            throw LeaseQueueError(
                .unsuitableServer,
                "Redis at \(connection.configuration) has version \(version); it must be "
                    + "\(oldestVersion.map(String.init).joined(separator: ".")) or later")
        }
    }

    /// The fields of INFO.
    static func information(
        of connection: RedisConnection, section: String = "default"
    ) async throws -> [Substring: Substring] {
        guard let text = try await connection.send("INFO", section).text else { return [:] }
        var fields: [Substring: Substring] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        return fields
    }
}

/// The memory of a server.
public struct ServerMemory: Sendable, Hashable {
    /// The memory that the server uses, in bytes; 0 if it does not say.
    public let used: Int
    /// The memory from which on it refuses new jobs (`maxmemory`), in bytes; `nil` if it has no limit or does not say.
    public let limit: Int?

    /// The used share of the limit, from 0 to 1 or a little more; 0 without a limit.
    public var share: Double { limit.map { Double(used) / Double($0) } ?? 0 }
}

extension LeaseQueues {
    /// Returns how much memory the server uses, and its limit.
    /// - Throws: `RedisError`.
    public func memory() async throws -> ServerMemory {
        let information = try await retrying {
            try await ServerCheck.information(of: connection, section: "memory")
        }
        func bytes(_ field: Substring) -> Int { information[field].flatMap { Int($0) } ?? 0 }
        let limit = bytes("maxmemory")
        return ServerMemory(used: bytes("used_memory"), limit: limit > 0 ? limit : nil)
    }
}
