import Foundation
import LeaseQueue
import Logging
import ModelRunner
import RedisClient
import RunLedger
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline

@Suite("A worker whose machine is sick", .timeLimit(.minutes(5)))
struct SickMachineTests {
    /// The fault of one worker's machine.
    enum Sickness: CaseIterable {
        case runFolderCannotBeCreated
        case programCannotBeStarted
        case fileOfYesterday
    }

    private static let codes = (1...9).map(String.init)

    /// A worker for a fixture's points, whose machine may be sick.
    private func worker(_ fixture: RoleFixture, _ sickness: Sickness?) async throws -> Worker {
        var definition = fixture.definition
        if sickness == .fileOfYesterday {
            let text = try String(contentsOfFile: fixture.run.file.string, encoding: .utf8)
            definition = try DefinitionReader.read(
                text: text.replacing("name: x", with: "name: y"), file: fixture.run.file.string)
        }
        var model = try await definition.model.makeModel(in: definition)
        if sickness == .programCannotBeStarted {
            let script = try fixture.run.scratch.write("#!/no/such/interpreter\n", to: "broken.sh")
            chmod(script.string, 0o755)
            model = try CommandModel(name: "broken", command: [script.string], outputs: [])
        }
        let folder = sickness == .runFolderCannotBeCreated ? "/dev/null/runs" : "\(fixture.run.scratch.path)/runs"
        var settings = Worker.Settings(runFolder: FilePath(folder))
        settings.machineFaultBackoff = Backoff(base: .milliseconds(1), cap: .milliseconds(10), jitter: .none)
        settings.maximumJobs = sickness == nil ? Self.codes.count : nil
        let queues = try await LeaseQueues.connect(
            to: RedisConfiguration(url: fixture.url), namespace: definition.namespace,
            queues: RingQueues.configurations(for: definition.policy), consumer: "\(sickness, default: "healthy")",
            logger: .silent)
        let source = WorkSource(
            definition: definition, model: model, artifacts: nil, queues: queues,
            name: ConsumerName(role: "worker"), settings: settings, logger: .silent)
        return Worker(sources: [source], settings: settings, logger: .silent)
    }

    @Test(
        "leaves its points to a healthy one, which runs each with one attempt, and ends with a separate status",
        arguments: Sickness.allCases)
    func sickWorker_costsNothing(_ sickness: Sickness) async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel, attempts: 1, leaseSeconds: 60)
        for code in Self.codes { try await fixture.enqueue(code) }
        let fault = await #expect(throws: MachineFault.self) {
            try await worker(fixture, sickness).run()
        }
        #expect(fault?.exitStatus.rawValue == 71)
        #expect(fault?.description.contains(ProcessInfo.processInfo.hostName) == true)
        #expect(try await fixture.counts(of: RingQueues.main) == QueueCounts(ready: Self.codes.count))

        try await worker(fixture, nil).run()
        #expect(try await fixture.counts(of: RingQueues.main) == QueueCounts())
        let results = try await fixture.queues.lease(100, from: RingQueues.completeStableSQL).leases
        #expect(results.count == Self.codes.count)
        for result in results {
            guard case .result(let message) = try RingMessage(payload: result.payload) else {
                Issue.record("not a result: \(result.id)")
                continue
            }
            #expect(message.attempt.attempt == 1)
        }
        #expect(try await fixture.counts(of: RingQueues.errorSQL) == QueueCounts())
    }

    @Test("ends with the fault of its one point, if it is for one point only")
    func sickWorkerForPoint_ends() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel, attempts: 1, leaseSeconds: 60)
        try await fixture.enqueue("1")
        let ended = try await fixture.role(
            "atmos-worker", ["--point", fixture.hash("1")],
            environment: ["ATMOS_RUN_FOLDER": "/dev/null/runs"])
        #expect(ended.status == 71, "\(ended)")
        #expect(ended.errors.contains("cannot create the run directory"), "\(ended)")
        #expect(try await fixture.counts(of: RingQueues.main) == QueueCounts(ready: 1))
    }
}
