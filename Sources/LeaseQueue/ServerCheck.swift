internal import RedisClient

/// Whether a server can be trusted with queues.
enum ServerCheck {
    /// The first that knows LPOS.
    private static let oldestVersion = [6, 0, 6]

    static func check(_ connection: RedisConnection) async throws {
        guard let text = try await connection.send("INFO").text else { return }
        let information = fields(text)
        let policy = information["maxmemory_policy"] ?? "unknown"
        guard policy == "noeviction" else {
            throw LeaseQueueError(
                .unsuitableServer,
                "Redis at \(connection.configuration) may throw away jobs when its memory is full (maxmemory-policy is"
                    + " \(policy)); set it with CONFIG SET maxmemory-policy noeviction, and in its configuration file.")
        }
        let version = information["redis_version"] ?? "unknown"
        let numbers = version.split(separator: ".").map { Int($0) ?? 0 }
        guard !numbers.lexicographicallyPrecedes(oldestVersion) else {
            throw LeaseQueueError(
                .unsuitableServer,
                "Redis at \(connection.configuration) has version \(version); it must be "
                    + "\(oldestVersion.map(String.init).joined(separator: ".")) or later.")
        }
    }

    private static func fields(_ text: String) -> [Substring: Substring] {
        var fields: [Substring: Substring] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        return fields
    }
}
