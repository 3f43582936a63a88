import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("Exploring on one machine", .serialized)
struct ExploreTests {
    @Test("ends by itself with the whole stable region, its edge, a map, and nothing left in any queue")
    func wholeRegion() async throws {
        let plane = SyntheticPlane(reach: 6)
        let run = try LocalRun(plane.yaml)
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

    @Test("runs exactly as many points as the limit says, and goes on from there")
    func limit() async throws {
        let plane = SyntheticPlane(reach: 6)
        let run = try LocalRun(plane.yaml)
        for limit in [10, 25] {
            let ended = try await run.explore(["--limit", "\(limit)"])
            #expect(ended.status == 0, "\(ended)")
            #expect(ended.output.contains("the limit is reached"))
            #expect(try await run.verdicts(of: "plane").count == limit)
        }
        #expect(try await run.explore().status == 0)
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }

    @Test("stops in order on Ctrl-C, and goes on from there")
    func interrupt() async throws {
        let plane = SyntheticPlane(reach: 24)
        let run = try LocalRun(plane.yaml)
        let ended = try await run.explore(started: { process in
            Processes.signalOnceUnderWay(process, SIGINT)
        })
        #expect(ended.status == 130, "\(ended)")
        #expect(try await run.verdicts(of: "plane").count < plane.expected.count)
        #expect(try await run.explore().status == 0)
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }

    @Test("reads its ledger back: a point's history, status, and the map along other axes")
    func reading() async throws {
        let run = try LocalRun(SyntheticPlane(reach: 2).yaml)
        #expect(try await run.explore().status == 0)
        let shown = try await run.read("show", ["1.0,0e0"])
        #expect(shown.status == 0, "\(shown)")
        for part in ["code: 1,0", "state: completed", "verdict: stable", "distance: 0.5", "reached from: "] {
            #expect(shown.output.contains(part), "\(part) in \(shown)")
        }
        let missing = try await run.read("show", ["77,0"])
        #expect(missing.status == 78 && missing.errors.contains("has no point '77,0'"), "\(missing)")
        let map = try await run.read("map", ["--axes", "y,x", "--output", "turned"])
        #expect(
            map.status == 0 && FileManager.default.fileExists(atPath: run.scratch.path.appending("turned.png").string))
        let noAxis = try await run.read("map", ["--axes", "y,z"])
        #expect(noAxis.status == 78 && noAxis.errors.contains("no parameter 'z'; there are x, y"), "\(noAxis)")
        let coverage = try await run.read("coverage", [])
        for part in ["settled: 100.0 %", "remaining: 0 runs", "20 pairs of neighbours with different verdicts"] {
            #expect(coverage.output.contains(part), "\(part) in \(coverage)")
        }
        let predicted = try await run.read(
            "simulate", [run.file.string, "--ledger", "--workers", "2", "--run-time", "constant:1s", "--json"])
        #expect(predicted.status == 0 && predicted.output.contains("\"stable\" : 13"), "\(predicted)")
        #expect(predicted.output.contains("\"remarks\" : [\n\n      ]"), "\(predicted)")
        try await asked(of: run)
        #expect(try await run.verdicts(of: "plane") == SyntheticPlane(reach: 2).expected)
    }

    /// Statements on the command line, from a file and from standard input.
    private func asked(of run: LocalRun) async throws {
        let commented = "-- how many?\nSELECT COUNT(*) AS n FROM plane"
        let file = run.scratch.path.appending("count.sql").string
        try commented.write(toFile: file, atomically: true, encoding: .utf8)
        let expected = "n\n\(SyntheticPlane(reach: 2).expected.count)\n"
        for arguments in [[commented], ["--", commented], ["--file", file]] {
            let counted = try await run.read("query", ["--format", "csv"] + arguments)
            #expect(counted.status == 0 && counted.output == expected, "\(counted)")
        }
        for (arguments, reason) in [
            (["DELETE FROM plane"], "only statements that read"), ([], "there is no statement"),
            (["SELECT", "1"], "in quotes"), (["--fromat", "csv", "SELECT 1"], "Unknown option '--fromat'"),
            (["SELECT 1", "--file", file], "not both"), (["--file", "/no/such.sql"], "'/no/such.sql' cannot be read"),
            (["-"], "the query is empty"),
        ] {
            let refused = try await run.read("query", arguments)
            #expect(refused.status != 0 && refused.errors.contains(reason), "\(arguments): \(refused)")
        }
    }

    @Test("refuses a folder in which somebody explores already")
    func oneOwner() async throws {
        let run = try LocalRun(SyntheticPlane(reach: 18).yaml)
        async let first = run.explore(started: { process in
            Processes.signalOnceUnderWay(process, SIGINT, after: .seconds(2))
        })
        while !FileManager.default.fileExists(atPath: run.data.appending("logs/worker-1.log").string) {
            try await Task.sleep(for: .milliseconds(20))
        }
        let second = try await run.explore()
        #expect(second.status == 1 && second.errors.contains("is in use by process"), "\(second)")
        _ = try await first
    }
}
