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

private let isLong = ProcessInfo.processInfo.environment["ATMOS_LONG_TESTS"] == "1"

@Suite("An exploration whose processes are killed with -9 at random moments", .serialized, .timeLimit(.minutes(20)))
struct KilledRolesTests {
    /// Large enough for several kills before the end.
    private let plane = SyntheticPlane(reach: 24)

    @Test(
        "ends with the points and verdicts of an undisturbed one",
        arguments: ["atmos-worker", "atmos-master", "atmos-sql-client", "redis-server", "mariadbd"])
    func killedRole_changesNothing(name: String) async throws {
        let run = try ExplorationFixture(plane.yaml)
        let killer = ProcessKiller(names: [name])
        let ended = try await run.explore(started: { killer.start(on: $0) })
        #expect(killer.kills > 0, "nothing was killed; seed \(killer.seed)")
        #expect(ended.status == 0, "seed \(killer.seed): \(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected, "seed \(killer.seed)")
    }

    @Test("continues after all processes were killed at once, and leaves no process behind")
    func killedStack_continues() async throws {
        let run = try ExplorationFixture(plane.yaml)
        for _ in 0..<2 {
            let ended = try await run.explore(started: { process in
                Processes.signalOnceUnderWay(
                    process, SIGKILL, after: .milliseconds(Int.random(in: 100...600)))
            })
            #expect(ended.status == 128 + SIGKILL, "\(ended)")
        }
        let ended = try await run.explore()
        #expect(ended.status == 0, "\(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }
}

@Suite("A long exploration with a role killed every second", .enabled(if: isLong), .timeLimit(.minutes(60)))
struct LongKilledRolesTests {
    /// A slow model, so that the exploration lasts for many kills.
    private static let model = """
        #!/bin/sh
        sleep 0.1
        x=$(grep -o '"x": *[-0-9.]*' point.json | grep -o '[-0-9.]*$')
        y=$(grep -o '"y": *[-0-9.]*' point.json | grep -o '[-0-9.]*$')
        verdict=unstable
        if [ $((x * x + y * y)) -le 144 ]; then verdict=stable; fi
        echo "{\\"verdict\\": \\"$verdict\\", \\"message\\": \\"\\", \\"outputs\\": {}}" > result.json
        """

    private func makeFixture() throws -> ExplorationFixture {
        let plane = SyntheticPlane(reach: 12).yaml
        let (head, tail) = (plane.firstRange(of: "  adapter: synthetic"), plane.firstRange(of: "run: "))
        return try ExplorationFixture(
            """
            \(plane[..<(try #require(head)).lowerBound])  adapter: command
              command: [./model.sh]
            \(plane[(try #require(tail)).lowerBound...])
            """, files: ["model.sh": Self.model])
    }

    @Test("ends with the points and verdicts of an undisturbed one, without a dead letter")
    func manyKills_changeNothing() async throws {
        let undisturbed = try makeFixture()
        let whole = try await undisturbed.explore()
        #expect(whole.status == 0, "\(whole)")
        let expected = try await undisturbed.verdicts(of: "plane")
        #expect(expected == SyntheticPlane(reach: 12).expected)

        let disturbed = try makeFixture()
        let killer = ProcessKiller(names: ["atmos-worker", "atmos-master", "atmos-sql-client"])
        let ended = try await disturbed.explore(started: {
            killer.start(on: $0, maxKills: .max, pauses: 1_000_000...1_000_000)
        })
        #expect(ended.status == 0, "seed \(killer.seed): \(ended)")
        #expect(killer.kills > 15, "seed \(killer.seed): \(killer.kills) kills")
        #expect(
            try await disturbed.verdicts(of: "plane") == expected, "after \(killer.kills) kills, seed \(killer.seed)")
    }
}

@Suite(
    "An exploration whose MariaDB is killed with -9 in a loop", .serialized, .timeLimit(.minutes(isLong ? 60 : 20)))
struct KilledLedgerTests {
    private static let maxKills = isLong ? 100 : 5

    @Test("loses no acknowledged result, and ends with every point once and the verdicts of an undisturbed one")
    func killedLedger_losesNothing() async throws {
        let plane = SyntheticPlane(reach: isLong ? 100 : 20)
        // The queues' namespace follows from the name, and other tests use the same Redis.
        let table = "plane_\(UInt32.random(in: 0 ... .max))"
        let run = try ExplorationFixture(
            plane.yaml.replacing("name: plane", with: "name: \(table.replacing("_", with: "-"))"))
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
            try await promptly("the server is ready") { server.answers() }
            let ledger = try await connect(server)
            let rows = try await ledger.query("SELECT code, verdict FROM \(table)").rows
            let found = Dictionary(
                rows.map { ($0[0].textValue ?? "", $0[1].textValue ?? "") }, uniquingKeysWith: { "\($0) and \($1)" })
            #expect(found == plane.expected, "after \(killed) kills")
            // Every verdict has the attempt that it comes from.
            let unexplained = try await ledger.query(
                """
                SELECT COUNT(*) FROM \(table) r LEFT JOIN attempts a ON a.hash = r.hash AND a.token = r.token
                AND a.state = 'completed' WHERE a.hash IS NULL
                """)
            #expect(unexplained.rows == [[.integer(0)]])
        }
    }

    /// - Returns: the number of kills before the exploration ended.
    private func explore(_ roles: Roles, killing server: PrivateMariaDB, _ table: String) async throws -> Int {
        try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask { try await roles.start("atmos-sql-client", ["--create", "--master"]) }
            let ledger = try await connect(server)
            try await eventually("the ledger has the exploration", within: .seconds(120)) {
                (try? await ledger.registered())?.isEmpty == false
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

    /// Kills the server repeatedly, and checks each time that it has kept what it had acknowledged.
    private func kill(
        _ server: PrivateMariaDB, _ ledger: RunLedger, _ table: String, _ kills: KillCount
    ) async throws -> Int? {
        // All roles are at work by then.
        try await promptly("twenty points are completed") { try await ledger.progress(of: table).completed >= 20 }
        var acknowledged = 0
        while kills.count < Self.maxKills {
            try await promptly("the server is ready") { server.answers() }
            let completed = try await ledger.progress(of: table).completed
            #expect(completed >= acknowledged, "after \(kills.count) kills")
            acknowledged = completed
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...200)))
            guard let process = server.processIdentifier, Glibc.kill(process, SIGKILL) == 0 else { continue }
            kills.add()
            // A restarted server has another process.
            try await promptly("the server ends") { !server.answers() || server.processIdentifier != process }
        }
        return nil
    }

    private func connect(_ server: PrivateMariaDB) async throws -> RunLedger {
        try await RunLedger.connect(LedgerConfiguration(url: server.url), createDatabase: true, logger: .silent)
    }
}

/// The number of kills of the server.
private final class KillCount: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func add() { value.withLock { $0 += 1 } }
}

/// The roles of an exploration as processes.
private struct Roles: Sendable {
    let run: ExplorationFixture
    let environment: [String: String]

    /// Runs a role to its end, or until the task is cancelled.
    func start(_ name: String, _ arguments: [String]) async throws -> Int? {
        let ended = try await Executables.run(
            name, [run.file.string] + arguments, environment: environment, in: run.scratch.path)
        if !Task.isCancelled { #expect(ended.status == 0, "\(name): \(ended)") }
        return nil
    }
}
