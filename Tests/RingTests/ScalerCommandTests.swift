import ExplorationFile
import Foundation
import Logging
import Pipeline
import RunLedger
import Support
import SystemPackage
import TestSupport
import Testing

/// `atmos-scaler` without a cluster.
@Suite("atmos-scaler without a cluster", .timeLimit(.minutes(10)))
struct ScalerCommandTests {
    private let scratch: TemporaryFolder
    private let file: String
    private let environment: [String: String]

    init() async throws {
        scratch = try TemporaryFolder()
        let name = "scaled-\(UInt32.random(in: 0...UInt32.max))"
        file = scratch.path.appending("exploration.yaml").string
        try """
        name: \(name)
        parameters:
          - {name: CO2, start: 0.1, axis: {step: 0.1}}
          - {name: N2, filler: {decimals: 10}}
        model:
          adapter: synthetic
          region: {centre: {CO2: 0.1}, radius: {CO2: 0.5}}
        resources: {cpus: 250m, ram: 1.5Gi}
        """.write(toFile: file, atomically: true, encoding: .utf8)
        environment = ["ATMOS_REDIS_URL": try await TestRedis.shared().url]
        let started = try await Executables.run("atmos-starter", [file], environment: environment)
        try #require(started.status == 0, "\(started)")
    }

    private func scaler(_ arguments: [String], _ more: [String: String] = [:]) async throws -> ProcessResult {
        try await Executables.run("atmos-scaler", arguments, environment: environment.merging(more) { $1 })
    }

    @Test("the report contains the queues' counts and the machines that could run the model")
    func report_containsCountsAndMachines() async throws {
        let nodes = scratch.path.appending("nodes.yaml").string
        try "nodes: [{name: n, group: g, cpus: 4, ram: 8Gi, disk: 50Gi, price: 0.5}]".write(
            toFile: nodes, atomically: true, encoding: .utf8)
        let ended = try await scaler(
            ["report", file, "--queue", "main.*", "--nodes", nodes, "--max-cost", "1"])
        #expect(ended.status == 0, "\(ended)")
        let entries = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]])
        #expect(entries.compactMap { $0["queue"] as? String } == ["main_sql", "main"])
        #expect(entries[0]["ready"] as? Int == 1)
        #expect(entries[0]["nodeGroup"] as? String == "g")
        let resource = try #require(entries[0]["resources"] as? [String: Any])
        #expect(resource["cpus"] as? Double == 0.25)
        #expect(resource["ram"] as? Int == 3 << 29)
    }

    @Test("the run time comes from the ledger, if one is configured")
    func runTime_comesFromLedger() async throws {
        func runTime(_ more: [String: String]) async throws -> Double? {
            let ended = try await scaler(["report", file], more)
            #expect(ended.status == 0, "\(ended)")
            let report = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]]
            return report?.first?["runTimeSeconds"] as? Double
        }
        let url = try await TestMariaDB.shared().makeDatabase()
        let servers = ["ATMOS_MARIADB_URL": url]
        let ledger = try await RunLedger.connect(
            LedgerConfiguration(url: url), logger: .silent)
        let definition = try DefinitionReader.read(file: file)
        try await LedgerSetup(definition: definition, ledger: ledger).prepare(creates: true)
        #expect(try await runTime(servers) == nil)
        let records = (1...9).map { number in
            CompletedRecord(
                attempt: Attempt(
                    hash: Array(repeating: UInt8(number), count: 32), token: 1, attempt: 1, worker: "w", host: "h",
                    model: "m", modelVersion: "v", startedAt: 0),
                endedAt: Int64(number) * 1_000_000, verdict: .stable, outputs: [])
        }
        _ = try await ledger.recordCompleted(records, in: definition.table)
        await ledger.close()
        #expect(try await runTime(servers) == 5)
        #expect(try await runTime([:]) == nil)
    }

    @Test("rendering twice gives the same Jobs; without work there are none")
    func render_isRepeatable() async throws {
        let root = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        let arguments = ["render", file, "--job-template", root + "workers.yaml", "--values", root + "values.yaml"]
        let first = try await scaler(arguments + ["--queue", "main_sql"])
        #expect(first.status == 0, "\(first)")
        #expect(first.output.contains("kind: Job"))
        #expect(first.errors.contains("1 pods to add"))
        #expect(try await scaler(arguments + ["--queue", "main_sql"]).output == first.output)
        let nothing = try await scaler(arguments)
        #expect(nothing.status == 0, "\(nothing)")
        #expect(nothing.output.isEmpty, "\(nothing)")
    }

    @Test(
        "a wrong configuration is explained on standard error",
        arguments: [
            (["report", "--queue", "("], "invalid regular expression"),
            (["report", "--queue", "x"], "no queue's name"),
            (["render", "--job-template", "/none"], "/none"),
            (["render", "--job-template", "/none", "--minimum", "7", "--maximum", "3"], "minimum"),
        ])
    func wrongConfiguration_isExplained(arguments: [String], expected: String) async throws {
        let ended = try await scaler(arguments + [file])
        #expect(ended.status == 78, "\(ended)")
        #expect(ended.output.isEmpty)
        #expect(ended.errors.contains(expected), "\(ended)")
    }

    @Test("command lines of earlier releases still work")
    func oldCommandLines_giveTheSameOutput() async throws {
        let root = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        let template = ["--job-template", root + "workers.yaml", "--values", root + "values.yaml"]
        let queue = ["--queue", "main_sql"]
        // The report without the ages, which change.
        func constant(_ output: String) -> String {
            output.split(separator: "\n").filter { !$0.contains("oldestReadySeconds") }.joined(separator: "\n")
        }
        let report = try await scaler(["report", file] + queue)
        #expect(report.status == 0, "\(report)")
        #expect(try await constant(scaler([file, "--report"] + queue).output) == constant(report.output))
        let render = try await scaler(["render", file] + template + queue)
        #expect(render.output.contains("kind: Job"), "\(render)")
        let seconds = ["--target-time", "3600", "--cool-down", "60.0", "--keep-failed=86400"]
        #expect(try await scaler([file] + template + queue + seconds.prefix(4)).output == render.output)
        #expect(
            try await scaler([file, "--apply", "--dry-run=client"] + template + queue + seconds).output == render.output
        )
        let both = try await scaler([file, "--report"] + template + queue)
        #expect(constant(both.output) == constant(report.output + render.output))
        for wrong in [["--watch", "--report"], ["--apply"], ["--requeue-failed", "--apply"], []] {
            let ended = try await scaler([file] + wrong)
            #expect(ended.status == 64, "\(ended)")
        }
    }

    @Test("flags in the environment are refused without a subcommand, and ignored with one")
    func flagsInEnvironment_areRefused() async throws {
        for arguments in [[], [file, "--report"]] {
            let refused = try await scaler(arguments, ["MAX_COST": "2"])
            #expect(refused.status == 78, "\(refused)")
            #expect(refused.errors.contains("MAX_COST is set"), "\(refused)")
            #expect(refused.errors.contains("--max-cost=$(MAX_COST)"), "\(refused)")
        }
        #expect(try await scaler([file, "--report", "--max-cost=2"], ["MAX_COST": "2"]).status == 0)
        #expect(try await scaler(["report", file], ["MAX_COST": "2"]).status == 0)
    }
}
