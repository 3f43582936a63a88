import ExplorationFile
import Foundation
import LeaseQueue
import Logging
import ParameterSpace
import Pipeline
import RedisClient
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// One exploration's queues on the shared private Redis, filled by the test itself, and the roles as processes.
struct Stage {
    let run: LocalRun
    let definition: ExplorationDefinition
    let queues: LeaseQueues
    let url: String

    /// - Parameters:
    ///   - model: what the model does; its run directory is its working directory.
    ///   - artifacts: the names of the files that are kept of a run.
    ///   - redis: where the queues are; nil for the server that tests share.
    init(
        model: String, attempts: Int = 3, leaseSeconds: Int = 2, artifacts: [String] = [], redis: String? = nil
    ) async throws {
        // The namespace follows from the name, so each stage needs one of its own.
        let name = "stage-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        run = try LocalRun(
            """
            name: \(name)
            parameters:
              - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: -100, maximum: 100}}
            model: {adapter: command, command: [./model.sh], artifacts: [\(artifacts.joined(separator: ", "))]}
            run: {attempts: \(attempts), lease_seconds: \(leaseSeconds)}
            """, files: ["model.sh": "#!/bin/sh\n\(model)\n"])
        definition = try DefinitionReader.read(file: run.file.string)
        if let redis { url = redis } else { url = try await TestRedis.shared().url }
        queues = try await LeaseQueues.connect(
            to: RedisConfiguration(url: url), namespace: definition.namespace,
            queues: RingQueues.configurations(for: definition.policy), consumer: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Puts points on `main`, as sql-client would.
    func enqueue(_ codes: String..., parent: String? = nil) async throws {
        let jobs = try codes.map { code in
            let point = try definition.space.point(code: code)
            return Job(
                id: definition.space.hash(of: point).description,
                payload: Array(
                    "{\"point\":{\"code\":\"\(code)\"\(parent.map { ",\"parent\":\"\($0)\"" } ?? "")}}".utf8))
        }
        _ = try await queues.enqueue(jobs, to: RingQueues.main)
    }

    func role(
        _ name: String, _ arguments: [String] = [], environment: [String: String] = [:],
        started: @Sendable @escaping (Int32) -> Void = { _ in }
    ) async throws -> Ended {
        var all = ["ATMOS_REDIS_URL": url, "ATMOS_RUN_FOLDER": run.scratch.path.appending("runs").string]
        all.merge(environment) { $1 }
        return try await Executables.run(
            name, [run.file.string] + arguments, environment: all, in: run.scratch.path, started: started)
    }

    func counts(of queue: QueueName) async throws -> QueueCounts {
        try await queues.counts()[queue] ?? QueueCounts()
    }
}

private let stableModel = "echo '{\"verdict\": \"stable\", \"outputs\": {}}' > result.json"

@Suite("A worker")
struct WorkerTests {
    @Test("runs what is ready and leaves with 0 once nothing is ready and nothing leased")
    func idle() async throws {
        let stage = try await Stage(model: stableModel)
        try await stage.enqueue("1", "2")
        // The results wait for a sql-client that this test does not have, so the ring is not empty until they go.
        async let ended = stage.role("atmos-worker", ["--idle-limit", "0"])
        var taken = 0
        while taken < 2 {
            let leases = try await stage.queues.lease(
                10, from: RingQueues.completeStableSQL, wait: .seconds(1)
            ).leases
            taken += leases.count
            _ = try await stage.queues.finish(
                leases.map { .complete($0) }, in: RingQueues.completeStableSQL)
        }
        #expect(try await ended.status == 0)
        #expect(try await stage.queues.counts().isFinished)
    }

    @Test("leaves with 0 after --max-jobs points")
    func maximumJobs() async throws {
        let stage = try await Stage(model: stableModel)
        try await stage.enqueue("1", "2", "3")
        let ended = try await stage.role("atmos-worker", ["--max-jobs", "2"])
        #expect(ended.status == 0, "\(ended)")
        #expect(try await stage.counts(of: RingQueues.completeStableSQL).ready == 2)
        #expect(try await stage.counts(of: RingQueues.main).ready == 1)
    }

    @Test("on SIGTERM ends the model, gives its lease back at once without counting an attempt, and exits 143")
    func terminated() async throws {
        let stage = try await Stage(model: "echo $$ > ../../model.pid; sleep 1000", leaseSeconds: 600)
        try await stage.enqueue("1")
        let pidFile = stage.run.scratch.path.appending("model.pid").string
        let ended = try await stage.role("atmos-worker") { process in
            Task {
                while !FileManager.default.fileExists(atPath: pidFile) { try await Task.sleep(for: .milliseconds(10)) }
                kill(process, SIGTERM)
            }
        }
        #expect(ended.status == 143, "\(ended)")
        let model = try String(contentsOfFile: pidFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(kill(try #require(Int32(model)), 0) == -1, "the model is still running")
        let lease = try #require(try await stage.queues.lease(1, from: RingQueues.main).leases.first)
        #expect(lease.attempt == 1)
        #expect(lease.deliveries == 2)
    }

    @Test("keeps its lease by heartbeats while the model runs for longer than the lease time")
    func heartbeats() async throws {
        let stage = try await Stage(model: "sleep 3; \(stableModel)", leaseSeconds: 1)
        try await stage.enqueue("1")
        let ended = try await stage.role("atmos-worker", ["--max-jobs", "1"])
        #expect(ended.status == 0, "\(ended)")
        #expect(try await stage.counts(of: RingQueues.runningSQL).ready == 1, "the run was announced, once")
        #expect(try await stage.counts(of: RingQueues.main) == QueueCounts())
        #expect(try await stage.counts(of: RingQueues.completeStableSQL).ready == 1)
    }

    @Test("is stopped by the kill switch within a heartbeat, and drained after its point")
    func killSwitch() async throws {
        let stage = try await Stage(model: "touch ../../begun; sleep 1000", leaseSeconds: 1)
        try await stage.enqueue("1", "2")
        async let worker = stage.role("atmos-worker")
        while !FileManager.default.fileExists(atPath: stage.run.scratch.path.appending("begun").string) {
            try await Task.sleep(for: .milliseconds(10))
        }
        let now = try await stage.role("atmos-kill", ["--now"])
        #expect(now.status == 0 && now.output.contains("instructed to stop; 1 run in progress"), "\(now)")
        let stopped = try await worker
        #expect(stopped.status == 0, "\(stopped)")
        #expect(try await stage.counts(of: RingQueues.main).ready == 2)

        #expect(try await stage.role("atmos-kill", ["--drain"]).status == 0)
        #expect(try await stage.role("atmos-worker").status == 0)
        #expect(try await stage.role("atmos-kill", ["--resume"]).status == 0)
        #expect(try await stage.queues.control(of: RingQueues.main) == .run)
    }

    @Test("that was wrongly configured exits 78, and one that finds no Redis 69, each with a reason")
    func badConfiguration() async throws {
        let stage = try await Stage(model: stableModel)
        let noServer = try await stage.role("atmos-worker", environment: ["ATMOS_REDIS_URL": "unix:///no/such.sock"])
        #expect(noServer.status == 69 && noServer.errors.contains("/no/such.sock"), "\(noServer)")
        let badURL = try await stage.role("atmos-worker", environment: ["ATMOS_REDIS_URL": "http://host"])
        #expect(badURL.status == 78, "\(badURL)")
        let unset = try await stage.role("atmos-worker", environment: ["ATMOS_REDIS_URL": ""])
        #expect(unset.status == 78 && unset.errors.contains("ATMOS_REDIS_URL"), "\(unset)")
        try FileManager.default.removeItem(atPath: stage.run.scratch.path.appending("model.sh").string)
        let noModel = try await stage.role("atmos-worker")
        #expect(noModel.status == 78 && noModel.errors.contains("model.sh"), "\(noModel)")
    }
}

@Suite("The kill switch")
struct KillSwitchTests {
    @Test("refuses to clear the queues while a worker holds a lease, unless forced, and asks before it does")
    func reset() async throws {
        let stage = try await Stage(model: stableModel)
        try await stage.enqueue("1", "2")
        let lease = try #require(try await stage.queues.lease(1, from: RingQueues.main).leases.first)
        let refused = try await stage.role("atmos-kill", ["--reset", "--yes"])
        #expect(refused.status == 78 && refused.errors.contains("held by test"), "\(refused)")
        let unconfirmed = try await stage.role("atmos-kill", ["--reset", "--force"])
        #expect(unconfirmed.status == 78 && unconfirmed.errors.contains("not confirmed"), "\(unconfirmed)")
        #expect(try await stage.counts(of: RingQueues.main).outstanding == 2)
        let forced = try await stage.role("atmos-kill", ["--reset", "--force", "--yes"])
        #expect(forced.status == 0, "\(forced)")
        #expect(try await stage.queues.counts().isFinished)
        #expect(try await stage.queues.finish([.complete(lease)], in: RingQueues.main).results == [.stale])
    }

    @Test("watches until the queues were found empty often enough, then stops the workers")
    func watch() async throws {
        let stage = try await Stage(model: stableModel)
        let watched = try await stage.role("atmos-kill", ["--watch", "--forgive", "2", "--every", "1"])
        #expect(watched.status == 0, "\(watched)")
        #expect(watched.output.contains("found empty 2 of 2 times"))
        #expect(try await stage.queues.control(of: RingQueues.main) == .stop)
    }

    @Test("wants to be told one thing at a time")
    func oneThing() async throws {
        let stage = try await Stage(model: stableModel)
        #expect(try await stage.role("atmos-kill", ["--now", "--drain"]).status == 64)
        #expect(try await stage.role("atmos-kill").status == 64)
    }
}
