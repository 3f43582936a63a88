import Foundation
import LeaseQueue
import Pipeline
import RedisClient
import SystemPackage
import TestSupport
import Testing

@Suite("Exploring on one machine", .serialized, .timeLimit(.minutes(15)))
struct ExploreTests {
    @Test("ends by itself with the whole stable region, its edge, a map, and nothing left in any queue")
    func exploration_findsWholeRegion() async throws {
        let plane = SyntheticPlane(reach: 6)
        let run = try ExplorationFixture(plane.yaml)
        let ended = try await run.explore()
        #expect(ended.status == 0, "\(ended)")
        let expected = plane.expected
        #expect(try await run.verdicts(of: "plane") == expected)

        let stable = expected.values.filter { $0 == "stable" }.count
        let counted = try await run.read(
            "query", ["--format", "csv", "SELECT verdict, COUNT(*) FROM plane GROUP BY verdict ORDER BY verdict"])
        #expect(counted.output == "verdict,COUNT(*)\nstable,\(stable)\nunstable,\(expected.count - stable)\n")
        #expect(ended.output.contains("finished: nothing is left to run"))

        let status = try await run.read("status", [])
        for queue in ["main_sql", "main", "running_sql", "error_sql", "complete0_sql", "complete1_sql", "explore"] {
            let row = try #require(
                status.output.split(separator: "\n").first { $0.contains(" \(queue) ") }, "\(status)")
            #expect(row.split(separator: "|").dropFirst().allSatisfy { $0.trimmingCharacters(in: .whitespaces) == "0" })
        }
        for file in ["map.svg", "map.png"] {
            #expect(FileManager.default.fileExists(atPath: run.data.appending(file).string))
        }
    }

    @Test("runs exactly as many points as the limit says, and continues from there")
    func pointLimit_isExact() async throws {
        let plane = SyntheticPlane(reach: 6)
        let run = try ExplorationFixture(plane.yaml)
        for limit in [10, 25] {
            let ended = try await run.explore(["--limit", "\(limit)"])
            #expect(ended.status == 0, "\(ended)")
            #expect(ended.output.contains("the limit is reached"))
            #expect(try await run.verdicts(of: "plane").count == limit)
        }
        #expect(try await run.explore().status == 0)
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }

    @Test("stops gracefully on Ctrl-C, and continues from there")
    func interruptedExploration_continues() async throws {
        let plane = SyntheticPlane(reach: 24)
        let run = try ExplorationFixture(plane.yaml)
        let ended = try await run.explore(started: { process in
            Processes.signalOnceUnderWay(process, SIGINT)
        })
        #expect(ended.status == 130, "\(ended)")
        #expect(try await run.verdicts(of: "plane").count < plane.expected.count)
        #expect(try await run.explore().status == 0)
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }

    @Test("is not called finished while a message has not reached the ledger")
    func deadLetterOfOtherQueue_isReported() async throws {
        let plane = SyntheticPlane(reach: 4)
        let run = try ExplorationFixture(plane.yaml)
        #expect(try await run.explore(["--max-points", "5"]).status == 0)
        // A proposal that the ledger refused five times. The points beyond it are not reached.
        try await run.redis { url in
            let queues = try await LeaseQueues.connect(
                to: RedisConfiguration(url: url), namespace: "atmos:plane",
                queues: [QueueConfiguration(name: RingQueues.completeStableSQL, maximumAttempts: 1)], consumer: "test",
                logger: .silent)
            let job = Job(id: String(repeating: "ab", count: 32), payload: Array("{}".utf8))
            _ = try await queues.enqueue([job], to: RingQueues.completeStableSQL)
            let leases = try await queues.lease(1, from: RingQueues.completeStableSQL).leases
            try #require(leases.count == 1)
            _ = try await queues.finish(
                [.fail(leases[0], error: "the server is read-only", forward: [])],
                in: RingQueues.completeStableSQL)
            await queues.close()
        }
        let ended = try await run.explore()
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.output.contains("dead letters: 1 in complete0_sql"), "\(ended)")
        #expect(!ended.output.contains("finished: nothing is left to run"), "\(ended)")
        let reconciled = try await run.command("reconcile")
        #expect(reconciled.status == 1)
        #expect(!reconciled.output.contains("nothing to repair"), "\(reconciled)")
        #expect(reconciled.output.contains("atmos reconcile --revive"), "\(reconciled)")
        #expect(try await run.command("status").output.contains("dead letters: 1 in complete0_sql"))
        let revived = try await run.command(["reconcile", "--revive"])
        #expect(revived.status == 0, "\(revived)")
        #expect(revived.output.contains("1 dead letters made ready again"), "\(revived)")
        // It is not a message, so it does not arrive this time either.
        #expect(try await run.explore().status == 1)
        #expect(try await run.command(["dead", "drop", "--all", "--yes"]).status == 0)
        let last = try await run.explore()
        #expect(last.status == 0, "\(last)")
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }

    @Test("keeps the shell's settings for other roles from its own")
    func settingsOfShell_doNotReachRoles() async throws {
        let plane = SyntheticPlane(reach: 2)
        let run = try ExplorationFixture(plane.yaml)
        let ended = try await Executables.run(
            "atmos", ["explore", run.file.string, "--data", run.data.string, "--workers", "1"],
            environment: [
                "ATMOS_HEALTH_PORT": "no port", "ATMOS_POINT": "ab", "ATMOS_REDIS_SENTINEL_PASSWORD_FILE": "/nowhere",
            ], in: run.scratch.path)
        #expect(ended.status == 0, "\(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }

    @Test("reads its ledger back: a point's history, the coverage, and the map along other axes")
    func readingCommands_work() async throws {
        let run = try ExplorationFixture(SyntheticPlane(reach: 2).yaml)
        #expect(try await run.explore().status == 0)
        let shown = try await run.read("show", ["1.0,0e0"])
        #expect(shown.status == 0, "\(shown)")
        for part in ["code: 1,0", "state: completed", "verdict: stable", "distance: 0.5", "reached from: "] {
            #expect(shown.output.contains(part), "\(part) in \(shown)")
        }
        let missing = try await run.read("show", ["77,0"])
        #expect(missing.status == 78, "\(missing)")
        #expect(missing.errors.contains("has no point '77,0'"), "\(missing)")
        let map = try await run.read("map", ["--axes", "y,x", "--output", "turned"])
        #expect(map.status == 0, "\(map)")
        #expect(run.scratch.contains("turned.png"))
        for arguments in [["plane"], ["--exploration", "plane"], ["--exploration", run.file.string]] {
            let named = try await run.read("map", ["--output", "named"] + arguments)
            #expect(named.status == 0, "\(arguments): \(named)")
        }
        let twice = try await run.read("map", ["plane", "--exploration", "plane"])
        #expect(twice.status == 64, "\(twice)")
        let unknown = try await run.read("coverage", ["--exploration", "sphere"])
        #expect(unknown.status == 78, "\(unknown)")
        #expect(unknown.errors.contains("has no exploration 'sphere'; it has plane"), "\(unknown)")
        let noAxis = try await run.read("map", ["--axes", "y,z"])
        #expect(noAxis.status == 78, "\(noAxis)")
        #expect(noAxis.errors.contains("no parameter 'z'; there are x, y"), "\(noAxis)")
        let coverage = try await run.read("coverage", [])
        for part in ["settled: 100.0 %", "remaining: 0 runs", "20 pairs of neighbours with different verdicts"] {
            #expect(coverage.output.contains(part), "\(part) in \(coverage)")
        }
        let predicted = try await run.read(
            "simulate", [run.file.string, "--ledger", "--workers", "2", "--run-time", "constant:1s", "--json"])
        #expect(predicted.status == 0, "\(predicted)")
        #expect(predicted.output.contains("\"stable\" : 13"), "\(predicted)")
        #expect(predicted.output.contains("\"remarks\" : [\n\n      ]"), "\(predicted)")
        try await expectQueries(of: run)
        #expect(try await run.verdicts(of: "plane") == SyntheticPlane(reach: 2).expected)
    }

    /// Expects statements on the command line and from a file to work, and invalid ones to be rejected.
    private func expectQueries(
        of run: ExplorationFixture, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let commented = "-- how many?\nSELECT COUNT(*) AS n FROM plane"
        let file = try run.scratch.write(commented, to: "count.sql").string
        let expected = "n\n\(SyntheticPlane(reach: 2).expected.count)\n"
        for arguments in [[commented], ["--", commented], ["--file", file]] {
            let counted = try await run.read("query", ["--format", "csv"] + arguments)
            #expect(counted.status == 0, "\(counted)", sourceLocation: sourceLocation)
            #expect(counted.output == expected, "\(counted)", sourceLocation: sourceLocation)
        }
        for (arguments, reason) in [
            (["DELETE FROM plane"], "only statements that read"), ([], "there is no statement"),
            (["SELECT", "1"], "in quotes"), (["--fromat", "csv", "SELECT 1"], "Unknown option '--fromat'"),
            (["SELECT 1", "--file", file], "not both"), (["--file", "/no/such.sql"], "'/no/such.sql' cannot be read"),
            (["-"], "the query is empty"),
        ] {
            let refused = try await run.read("query", arguments)
            #expect(refused.status != 0, "\(arguments): \(refused)", sourceLocation: sourceLocation)
            #expect(refused.errors.contains(reason), "\(arguments): \(refused)", sourceLocation: sourceLocation)
        }
        // The former name of --limit.
        for option in ["--limit", "--rows"] {
            let cut = try await run.read("query", [option, "1", "--format", "csv", "SELECT code FROM plane"])
            #expect(cut.output.split(separator: "\n").count == 2, "\(cut)", sourceLocation: sourceLocation)
            #expect(cut.errors.contains("only the first 1 rows"), "\(cut)", sourceLocation: sourceLocation)
        }
    }

    @Test("reads the exploration that --exploration names or that was explored last, and names the others on request")
    func folder_isChosenByExploration() async throws {
        let run = try ExplorationFixture(SyntheticPlane(reach: 1).yaml)
        func atmos(_ arguments: String...) async throws -> ProcessResult {
            try await Executables.run(
                "atmos", arguments, environment: ["ATMOS_MARIADB_URL": "", "ATMOS_REDIS_URL": ""], in: run.scratch.path)
        }
        let other = SyntheticPlane(reach: 2).yaml.replacing("name: plane", with: "name: other-plane")
        let file = try run.scratch.write(other, to: "other.yaml").string
        for file in [run.file.string, file] {
            let explored = try await atmos("explore", file, "--workers", "1")
            try #require(explored.status == 0, "\(explored)")
        }
        let latest = try await atmos("query", "--format", "csv", "SELECT COUNT(*) AS n FROM other_plane")
        #expect(latest.output == "n\n\(SyntheticPlane(reach: 2).expected.count)\n", "\(latest)")
        #expect(latest.errors.contains("reading .atmos/other-plane"), "\(latest)")
        let count = "SELECT COUNT(*) AS n FROM plane"
        let missing = try await atmos("query", count)
        #expect(missing.status == 78, "\(missing)")
        #expect(missing.errors.contains("--exploration: other-plane, plane"), "\(missing)")
        for exploration in ["plane", run.file.string] {
            let named = try await atmos("query", "--exploration", exploration, "--format", "csv", count)
            #expect(named.output == "n\n\(SyntheticPlane(reach: 1).expected.count)\n", "\(named)")
            #expect(named.errors.isEmpty, "\(named)")
        }
        let unknown = try await atmos("status", "--exploration", "sphere")
        #expect(unknown.status == 78, "\(unknown)")
        #expect(unknown.errors.contains("it has other-plane, plane"), "\(unknown)")
    }

    @Test("rejects a folder in which another process explores")
    func folder_hasOneOwner() async throws {
        let run = try ExplorationFixture(SyntheticPlane(reach: 18).yaml)
        async let first = run.explore(started: { process in
            Processes.signalOnceUnderWay(process, SIGINT, after: .seconds(2))
        })
        try await run.waitForWorkers()
        let second = try await run.explore()
        #expect(second.status == 1, "\(second)")
        #expect(second.errors.contains("is in use by process"), "\(second)")
        _ = try await first
    }
}
