package import LocalStack
internal import Logging
internal import Synchronization

/// One private Redis server for the whole test process, started when the first test asks for it.
///
/// Tests share it and keep apart by ``uniqueNamespace()``. A test that stops, kills or reconfigures a server starts a
/// `PrivateRedis` of its own instead.
package final class TestRedis: Sendable {
    /// Where the server listens, for `RedisConfiguration(url:)`.
    package let url: String

    private static let starting = Task { try await TestRedis() }
    private static let namespaces = Atomic<Int>(0)

    private let folder: TemporaryFolder
    private let server: PrivateRedis
    // Lives as long as the process; the server dies with it.
    private let running: Task<Void, any Error>

    private init() async throws {
        let folder = try TemporaryFolder()
        folder.removeAtExit()
        let server = PrivateRedis(folder: folder.path, logger: Logger(label: "test-redis"))
        self.folder = folder
        self.server = server
        url = server.url
        running = Task { try await server.run() }
        try await server.waitUntilReady()
    }

    /// The server, running.
    package static func shared() async throws -> TestRedis {
        try await starting.value
    }

    /// A namespace for keys that no other test of this process has.
    package static func uniqueNamespace() -> String {
        "test:\(namespaces.add(1, ordering: .relaxed).newValue)"
    }

    /// Runs `body` beside a private server of its own, which it may kill or reconfigure, in a folder of its own.
    ///
    /// A server that `body` kills is started again at once, on the same data.
    /// - Parameter options: more options for `redis-server`.
    package static func withPrivateServer<Result: Sendable>(
        options: [String] = [], _ body: @Sendable (PrivateRedis) async throws -> Result
    ) async throws -> Result {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let server = PrivateRedis(folder: folder.path, options: options)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<10 where !Task.isCancelled { try? await server.run() }
            }
            defer { group.cancelAll() }
            try await server.waitUntilReady()
            return try await body(server)
        }
    }
}
