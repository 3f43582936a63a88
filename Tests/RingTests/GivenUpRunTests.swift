import Foundation
import LeaseQueue
import Pipeline
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("A run that is given up", .timeLimit(.minutes(10)))
struct GivenUpRunTests {
    @Test("leaves its point queued in the ledger after Ctrl-C, and the next run completes it")
    func interruptedRun_isQueued() async throws {
        let run = try ExplorationFixture(
            """
            name: slow
            parameters:
              - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: 0, maximum: 1}}
            model: {adapter: command, command: [./model.sh]}
            run: {wall_time_seconds: 600, lease_seconds: 10}
            """,
            files: [
                "model.sh": """
                #!/bin/sh
                if [ ! -e ../../../go ]; then touch ../../../begun; sleep 1000; fi
                echo '{"verdict": "unstable", "outputs": {}}' > result.json
                """
            ])
        @Sendable func states() async throws -> String {
            try await run.read("query", ["--format", "csv", "SELECT state, COUNT(*) FROM slow GROUP BY state"]).output
        }
        let ended = try await run.explore(started: { process in
            Task {
                defer { kill(process, SIGINT) }
                try await eventually("the ledger knows that the point is run", within: .seconds(120)) {
                    try await states().contains("running,1")
                }
            }
        })
        #expect(ended.status == 130, "\(ended)")
        #expect(try await states() == "state,COUNT(*)\nqueued,1\n")
        let history = try await run.read("show", ["0"])
        #expect(history.output.contains("lost"), "\(history)")

        try run.scratch.write("", to: "go")
        let completed = try await run.explore()
        #expect(completed.status == 0, "\(completed)")
        #expect(try await states() == "state,COUNT(*)\ncompleted,1\n")
    }

    @Test("because it can never succeed is not tried again, neither cold nor by another worker")
    func permanentFailure_isTriedOnce() async throws {
        let home = try TemporaryFolder()
        let package = try FreshAtmosPackage(at: home.path.appending("atmos"))
        let run = try ExplorationFixture(
            """
            name: full
            parameters:
              - {name: CO2, start: 0.7, axis: {step: 0.2, minimum: 0.7, maximum: 0.9}}
            model: {adapter: atmos, package: \(package.folder), template: ModernEarthSimple, climate: {steps: 3}}
            run: {attempts: 3, wall_time_seconds: 60}
            artifacts: {keep: all}
            """)
        let ended = try await run.explore()
        #expect(ended.status == 1, "\(ended)")
        let rows = try await run.read(
            "query",
            [
                "--format", "csv",
                "SELECT r.code, r.state, COUNT(a.token), MAX(r.error) FROM full r JOIN attempts a "
                    + "ON a.hash = r.hash GROUP BY r.hash ORDER BY r.code",
            ])
        let lines = rows.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 3, "\(rows)")
        #expect(lines[1].hasPrefix("0.7,completed,1,"), "\(rows)")
        #expect(lines[2].hasPrefix("0.8,error,1,"), "\(rows)")
        // The template holds O2 at 0.21.
        #expect(lines[2].contains("input_error: the sum of the mixing ratios is 1.01"), "\(rows)")
    }
}
