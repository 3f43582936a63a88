import ExplorationFile
import Foundation
import Logging
import Pipeline
import RunLedger
import Support
import SystemPackage
import TestSupport
import Testing

/// `atmos-scaler` as somebody runs it who has no cluster at hand.
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

    @Test("the report says what is in the queues and which machines could run it")
    func report() async throws {
        let nodes = scratch.path.appending("nodes.yaml").string
        try "nodes: [{name: n, group: g, cpus: 4, ram: 8Gi, hdd: 50Gi, price: 0.5}]".write(
            toFile: nodes, atomically: true, encoding: .utf8)
        let ended = try await scaler(
            [file, "--report"], ["QUEUE": "main.*", "NODES": nodes, "MAX_COST": "1"])
        #expect(ended.status == 0, "\(ended)")
        let entries = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]])
        #expect(entries.compactMap { $0["Queue"] as? String } == ["main_sql", "main"])
        #expect(entries[0]["Ready"] as? Int == 1)
        #expect(entries[0]["NodeGroup"] as? String == "g")
        let resource = try #require(entries[0]["Resource"] as? [String: Any])
        #expect(resource["cpus"] as? Double == 0.25)
        #expect(resource["ram"] as? Int == 3 << 29)
    }

    @Test("how long runs take is what the ledger has measured, where it is said where that is")
    func measuredRunTime() async throws {
        func runTime(_ more: [String: String]) async throws -> Double? {
            let ended = try await scaler([file, "--report"], more)
            #expect(ended.status == 0, "\(ended)")
            let report = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]]
            return report?.first?["RunTime"] as? Double
        }
        let url = try await TestMariaDB.shared().makeDatabase()
        let servers = ["ATMOS_MARIADB_URL": url]
        let ledger = try await RunLedger.connect(
            LedgerConfiguration(url: url), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let definition = try DefinitionReader.read(file: file)
        try await LedgerSetup(definition: definition, ledger: ledger).prepare(creates: true)
        #expect(try await runTime(servers) == nil)
        let records = (1...9).map { number in
            CompletedRecord(
                run: RunningRecord(
                    hash: Array(repeating: UInt8(number), count: 32), token: 1, attempt: 1, worker: "w", host: "h",
                    model: "m", modelVersion: "v", startedAt: 0),
                endedAt: Int64(number) * 1_000_000, verdict: .stable, outputs: [])
        }
        _ = try await ledger.recordCompleted(records, in: definition.table)
        await ledger.close()
        #expect(try await runTime(servers) == 5)
        #expect(try await runTime([:]) == nil)
    }

    @Test("rendering twice gives the same Jobs; nothing to do gives none")
    func template() async throws {
        let root = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        let arguments = [file, "--job-template", root + "workers.yaml", "--values", root + "values.yaml"]
        let first = try await scaler(arguments, ["QUEUE": "main_sql"])
        #expect(first.status == 0, "\(first)")
        #expect(first.output.contains("kind: Job"))
        #expect(first.errors.contains("1 pods to add"))
        #expect(try await scaler(arguments, ["QUEUE": "main_sql"]).output == first.output)
        let nothing = try await scaler(arguments)
        #expect(nothing.status == 0 && nothing.output.isEmpty, "\(nothing)")
    }

    @Test(
        "what is wrong is said on standard error, with the exit status of a wrong configuration",
        arguments: [
            (["--queue", "(", "--report"], "no regular expression"), (["--queue", "x", "--report"], "no queue's name"),
            (["--job-template", "/none"], "cannot be read"),
            (["--report", "--minimum", "7", "--maximum", "3"], "minimum"),
        ])
    func wrong(arguments: [String], expected: String) async throws {
        let ended = try await scaler([file] + arguments)
        #expect(ended.status == 78)
        #expect(ended.output.isEmpty)
        #expect(ended.errors.contains(expected), "\(ended)")
    }
}
