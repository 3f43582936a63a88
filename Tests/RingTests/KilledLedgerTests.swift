import Foundation
import LocalStack
import Logging
import RunLedger
import Synchronization
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("An exploration whose MariaDB is killed with -9 in a loop", .serialized)
struct KilledLedgerTests {
    /// A hundred times where tests may take long.
    private static let isLong = ProcessInfo.processInfo.environment["ATMOS_LONG_TESTS"] == "1"
    private static let kills = isLong ? 100 : 5

    @Test("loses no acknowledged result, and ends with every point once and the verdicts of an undisturbed one")
    func killed() async throws {
        let plane = SyntheticPlane(reach: Self.isLong ? 100 : 20)
        // The queues' namespace follows from the name, and other tests use the same Redis.
        let table = "plane_\(UInt32.random(in: 0 ... .max))"
        let run = try LocalRun(plane.yaml.replacing("name: plane", with: "name: \(table.replacing("_", with: "-"))"))
        let redis = try await TestRedis.shared().url
        try await TestMariaDB.withPrivateServer { server in
            let roles = Roles(
                run: run,
                environment: [
                    "ATMOS_REDIS_URL": redis, "ATMOS_MARIADB_URL": server.url,
                    "ATMOS_RUN_FOLDER": run.scratch.path.appending("runs").string,
                ])
            let killed = try await explore(roles, killing: server, table)
            #expect(killed > 0)
            while !server.answers() { try await Task.sleep(for: .milliseconds(1)) }
            let ledger = try await connect(server)
            let rows = try await ledger.query("SELECT code, verdict FROM \(table)").rows
            let found = Dictionary(
                rows.map { ($0[0].textValue ?? "", $0[1].textValue ?? "") }, uniquingKeysWith: { "\($0) and \($1)" })
            #expect(found == plane.expected, "after \(killed) kills")
            // A verdict is explained by the attempt that it came from.
            let unexplained = try await ledger.query(
                """
                SELECT COUNT(*) FROM \(table) r LEFT JOIN attempts a ON a.hash = r.hash AND a.token = r.token
                AND a.state = 'completed' WHERE a.hash IS NULL
                """)
            #expect(unexplained.rows == [[.integer(0)]])
        }
    }

    /// - Returns: how often the server was killed before the exploration ended.
    private func explore(_ roles: Roles, killing server: PrivateMariaDB, _ table: String) async throws -> Int {
        try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask { try await roles.start("atmos-sql-client", ["--create", "--master"]) }
            let ledger = try await connect(server)
            while (try? await ledger.registered())?.isEmpty != false {
                try await Task.sleep(for: .milliseconds(20))
            }
            group.addTask { try await roles.start("atmos-sql-client", []) }
            _ = try await roles.start("atmos-starter", [])
            group.addTask {
                _ = try await roles.start("atmos-worker", ["--idle-limit", "2"])
                return -1
            }
            let kills = KillCount()
            group.addTask { try await kill(server, ledger, table, kills) }
            while let ended = try await group.next(), ended != -1 {}
            group.cancelAll()
            return kills.count
        }
    }

    /// Kills the server again and again, and looks each time whether what it had said before still holds.
    private func kill(
        _ server: PrivateMariaDB, _ ledger: RunLedger, _ table: String, _ kills: KillCount
    ) async throws -> Int? {
        // By then every role is at work.
        while try await ledger.progress(of: table).completed < 20 { try await Task.sleep(for: .milliseconds(5)) }
        var acknowledged = 0
        while kills.count < Self.kills {
            while !server.answers() { try await Task.sleep(for: .milliseconds(1)) }
            let completed = try await ledger.progress(of: table).completed
            #expect(completed >= acknowledged, "after \(kills.count) kills")
            acknowledged = completed
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...200)))
            if let process = server.processIdentifier, Glibc.kill(process, SIGKILL) == 0 { kills.add() }
            while server.answers() { try await Task.sleep(for: .milliseconds(1)) }
        }
        return nil
    }

    private func connect(_ server: PrivateMariaDB) async throws -> RunLedger {
        try await RunLedger.connect(
            LedgerConfiguration(url: server.url), createDatabase: true,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

/// How often the server was killed.
private final class KillCount: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func add() { value.withLock { $0 += 1 } }
}

/// The roles of an exploration as processes.
private struct Roles: Sendable {
    let run: LocalRun
    let environment: [String: String]

    /// Runs one to its end, or until the task is cancelled.
    func start(_ name: String, _ arguments: [String]) async throws -> Int? {
        let ended = try await Executables.run(
            name, [run.file.string] + arguments, environment: environment, in: run.scratch.path)
        if !Task.isCancelled { #expect(ended.status == 0, "\(name): \(ended)") }
        return nil
    }
}
