internal import FoundationEssentials
internal import Glibc
package import LocalStack
internal import Logging
internal import RunLedger
internal import Synchronization
internal import SystemPackage

/// One private MariaDB server for the whole test process, started when the first test asks for it; or, where
/// `ATMOS_TEST_LEDGER_URL` names one, a server that is there already, of any kind that the ledger works with.
///
/// Tests share it and keep apart by ``makeDatabase()``. A test that stops or kills a server starts a `PrivateMariaDB` of
/// its own with ``withPrivateServer(_:)``.
package final class TestMariaDB: Sendable {
    private static let starting = Task { try await TestMariaDB() }
    private static let databases = Atomic<Int>(0)

    /// A URL with `{database}` in the place of the database's name, such as
    /// `mysql://root@localhost/{database}?socket=/run/mysqld/mysqld.sock`. The tests' databases are left on that server.
    package static let givenURL = ProcessInfo.processInfo.environment["ATMOS_TEST_LEDGER_URL"]

    private let makeURL: @Sendable (String) -> String

    private init() async throws {
        if let given = Self.givenURL {
            makeURL = { given.replacing("{database}", with: $0) }
            return
        }
        ServerFolders.removeLeftOvers()
        let server = PrivateMariaDB(folder: try ServerFolders.make(), options: Self.options)
        makeURL = { server.url(database: $0) }
        // Lives as long as the process; the server dies with it.
        Task { try await server.run() }
        try await server.waitUntilReady()
    }

    /// Small files, and room for all the tests that run at the same time.
    private static let options = [
        "--innodb-log-file-size=32M", "--innodb-buffer-pool-size=64M", "--max-connections=2000",
    ]

    /// The server, running.
    package static func shared() async throws -> TestMariaDB {
        try await starting.value
    }

    /// Creates a database that no other test of this process has.
    ///
    /// - Returns: its URL, for `LedgerConfiguration(url:)`.
    package func makeDatabase() async throws -> String {
        let url = url(database: "test_\(getpid())_\(Self.databases.add(1, ordering: .relaxed).newValue)")
        let ledger = try await RunLedger.connect(
            LedgerConfiguration(url: url), createDatabase: true, logger: Logger(label: "test-mariadb"))
        await ledger.close()
        return url
    }

    /// The URL of a database of this name, which need not be there.
    package func url(database: String) -> String { makeURL(database) }

    /// Runs `body` beside a private server of its own, which it may kill or stop, in a folder of its own.
    ///
    /// A server that `body` kills is started again at once, on the same data.
    /// - Parameter options: more of them for `mariadbd`.
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

/// Where the data of test servers lies: in memory where there is room, since there tables are made ten times faster.
private enum ServerFolders {
    private static let prefix = "atmos-test-mariadb-"
    private static let number = Atomic<Int>(0)
    private static let made = Mutex<[FilePath]>([])

    private static let parent: FilePath = {
        var status = statvfs()
        let needed: UInt = 1 << 30
        let isRoomy =
            access("/dev/shm", W_OK | X_OK) == 0 && statvfs("/dev/shm", &status) == 0
            && status.f_bavail * status.f_frsize > needed
        return isRoomy ? "/dev/shm" : "/tmp"
    }()

    /// A fresh folder, named after this process, removed when the process exits in order.
    static func make() throws -> FilePath {
        let index = number.add(1, ordering: .relaxed).newValue
        let folder = parent.appending("\(prefix)\(getpid())-\(index)")
        guard mkdir(folder.string, 0o700) == 0 else { throw SystemPackage.Errno(rawValue: errno) }
        made.withLock { folders in
            if folders.isEmpty {
                atexit { for folder in ServerFolders.made.withLock({ $0 }) { ServerFolders.remove(folder) } }
            }
            folders.append(folder)
        }
        return folder
    }

    static func remove(_ folder: FilePath) {
        try? FileManager.default.removeItem(atPath: folder.string)
    }

    /// Removes what test processes have left that were killed.
    static func removeLeftOvers() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent.string)) ?? []
        where name.hasPrefix(prefix) {
            let owner = name.dropFirst(prefix.count).prefix { $0.isNumber }
            if let process = pid_t(owner), kill(process, 0) != 0, errno == ESRCH {
                remove(parent.appending(name))
            }
        }
    }
}
