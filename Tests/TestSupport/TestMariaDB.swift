internal import FoundationEssentials
internal import Glibc
package import LocalStack
internal import Logging
internal import RunLedger
internal import Synchronization
internal import SystemPackage

/// One private MariaDB server for the whole test process, started on first use, or the existing server in
/// `ATMOS_TEST_LEDGER_URL`, of any kind that the ledger supports.
///
/// Tests share it and are isolated by ``makeDatabase()``. A test that stops or kills a server starts a separate one
/// with ``withPrivateServer(options:_:)``.
package final class TestMariaDB: Sendable {
    private static let starting = Task { try await TestMariaDB() }
    private static let databases = Atomic<Int>(0)

    /// A URL with the placeholder `{database}`, such as
    /// `mysql://root@localhost/{database}?socket=/run/mysqld/mysqld.sock`. The tests' databases are not removed there.
    package static let givenURL = ProcessInfo.processInfo.environment["ATMOS_TEST_LEDGER_URL"]

    private let makeURL: @Sendable (String) -> String

    private init() async throws {
        if let given = Self.givenURL {
            makeURL = { given.replacing("{database}", with: $0) }
            return
        }
        ServerFolders.removeOrphans()
        let server = PrivateMariaDB(folder: try ServerFolders.make(), options: Self.options)
        makeURL = { server.url(database: $0) }
        // Runs as long as the process; the server is killed with it.
        Task { try await server.run() }
        try await server.waitUntilReady()
    }

    /// Small files, and enough connections for all concurrent tests.
    private static let options = [
        "--innodb-log-file-size=32M", "--innodb-buffer-pool-size=64M", "--max-connections=2000",
    ]

    /// The running server.
    package static func shared() async throws -> TestMariaDB {
        try await starting.value
    }

    /// Creates a database that is unique in this process.
    ///
    /// - Returns: its URL for `LedgerConfiguration(url:)`.
    package func makeDatabase() async throws -> String {
        let url = url(database: "test_\(getpid())_\(Self.databases.add(1, ordering: .relaxed).newValue)")
        let ledger = try await RunLedger.connect(
            LedgerConfiguration(url: url), createDatabase: true, logger: Logger(label: "test-mariadb"))
        await ledger.close()
        return url
    }

    /// Returns the URL of a database of this name, which may not exist.
    package func url(database: String) -> String { makeURL(database) }

    /// Runs `body` with a separate private server, which it may kill or stop.
    ///
    /// A killed server is restarted at once with the same data.
    ///
    /// - Parameter options: additional options for `mariadbd`.
    package static func withPrivateServer<Result: Sendable>(
        options: [String] = [], _ body: @Sendable (PrivateMariaDB) async throws -> Result
    ) async throws -> Result {
        let folder = try ServerFolders.make()
        let server = PrivateMariaDB(folder: folder, options: Self.options + options)
        let result = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled { try? await server.run() }
            }
            defer { group.cancelAll() }
            try await server.waitUntilReady()
            return try await body(server)
        }
        ServerFolders.remove(folder)
        return result
    }
}

/// The folders for the data of test servers: in memory if there is enough space, because tables are created ten times
/// faster there.
private enum ServerFolders {
    private static let prefix = "atmos-test-mariadb-"
    private static let number = Atomic<Int>(0)
    private static let created = Mutex<[FilePath]>([])

    private static let parent: FilePath = {
        var status = statvfs()
        let needed: UInt = 1 << 30
        let isRoomy =
            access("/dev/shm", W_OK | X_OK) == 0 && statvfs("/dev/shm", &status) == 0
            && status.f_bavail * status.f_frsize > needed
        return isRoomy ? "/dev/shm" : "/tmp"
    }()

    /// Creates a folder named after this process and removes it when the process exits normally.
    static func make() throws -> FilePath {
        let index = number.add(1, ordering: .relaxed).newValue
        let folder = parent.appending("\(prefix)\(getpid())-\(index)")
        guard mkdir(folder.string, 0o700) == 0 else { throw SystemPackage.Errno(rawValue: errno) }
        created.withLock { folders in
            if folders.isEmpty {
                atexit { for folder in ServerFolders.created.withLock({ $0 }) { ServerFolders.remove(folder) } }
            }
            folders.append(folder)
        }
        return folder
    }

    static func remove(_ folder: FilePath) {
        try? FileManager.default.removeItem(atPath: folder.string)
    }

    /// Removes the folders of killed test processes.
    static func removeOrphans() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent.string)) ?? []
        where name.hasPrefix(prefix) {
            let owner = name.dropFirst(prefix.count).prefix { $0.isNumber }
            if let process = pid_t(owner), kill(process, 0) != 0, errno == ESRCH {
                remove(parent.appending(name))
            }
        }
    }
}
