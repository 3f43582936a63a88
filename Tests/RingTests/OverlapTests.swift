import ArtifactStore
import LeaseQueue
import Logging
import ModelRunner
import ParameterSpace
import Support
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline

@Suite("A worker whose runs have files to transfer", .timeLimit(.minutes(5)))
struct OverlapTests {
    private let ring: InProcessRing
    private let folder: TemporaryFolder
    private let events = EventCounts()
    private let store: CountingStore

    init() async throws {
        ring = try await InProcessRing(strategy: "{kind: flood}", reach: 30)
        folder = try TemporaryFolder()
        store = CountingStore(
            store: try FolderArtifactStore(url: "file://\(folder.path)/kept"), events: events)
    }

    /// Puts points on `main`, all of which start warm from a stored one.
    private func enqueue(_ count: Int) async throws {
        func point(_ x: Int) throws -> (hash: PointHash, code: String) {
            let point = try ring.definition.space.point(code: "\(x),0")
            return (ring.definition.space.hash(of: point), point.code)
        }
        let parent = try point(0).hash.description
        let file = try folder.write("", to: "state")
        _ = try await store.store.store([file], for: parent)
        let jobs = try (1...count).map { x in
            let (hash, code) = try point(x)
            return Job.point(hash, code: code, parent: parent)
        }
        _ = try await ring.queues.enqueue(jobs, to: RingQueues.main)
    }

    private func worker(_ run: @escaping CountingModel.Run, maximumJobs: Int? = nil) async throws -> Worker {
        var settings = Worker.Settings(runFolder: folder.path.appending("runs"))
        settings.maximumJobs = maximumJobs
        settings.idleLimit = .zero
        let source = WorkSource(
            definition: ring.definition, model: CountingModel(events: events, body: run), artifacts: store,
            // Long enough for a slow machine, on which a lost lease would end the run.
            queues: try await ring.connect(as: "worker", leaseTime: .seconds(6)), name: ConsumerName(role: "worker"),
            settings: settings, logger: .silent)
        return Worker(sources: [source], settings: settings, logger: .silent)
    }

    @Test("fetches files for the next point and stores those of the last one while the model runs, one model at a time")
    func transfers_overlapWithRuns() async throws {
        try await enqueue(6)
        let worker = try await worker(
            { [events] number, _ in
                // The worker would lease several shorter runs at a time.
                try await Task.sleep(for: LeaseBatchSizer.target * 2)
                // Both waits would fail if the transfer came after the run.
                if number < 5 { try await events.wait { $0.fetched > number } }
                if number > 1 { try await events.wait { $0.stored >= number - 1 } }
            }, maximumJobs: 6)
        try await worker.run()
        #expect(worker.end == .maximumJobs)
        let counts = events.counts
        #expect(counts.runs == 6)
        #expect(counts.stored == 6)
        #expect(counts.fetched == 6)
        #expect(counts.maxParallelRuns == 1)
        let queues = try await ring.queues.counts()
        #expect(queues[RingQueues.main] == QueueCounts())
        #expect(queues[RingQueues.completeStableSQL]?.ready == 6)
    }

    @Test("leaves a waiting point to others if no more points wait than are being run")
    func fewPoints_areNotPrefetched() async throws {
        try await enqueue(2)
        let queues = ring.queues
        let taken = Mutex(0)
        let worker = try await worker { _, _ in
            // Long enough for a worker that would prefetch the point.
            try await Task.sleep(for: .milliseconds(300))
            let leases = try await queues.lease(1, from: RingQueues.main, leaseTime: .seconds(60)).leases
            taken.withLock { $0 += leases.count }
            _ = try await queues.finish(leases.map { .complete($0) }, in: RingQueues.main)
        }
        let running = Task { try await worker.run() }
        try await events.wait { $0.stored == 1 }
        #expect(taken.withLock { $0 } == 1)
        try await ring.queues.setControl(.drain, for: RingQueues.main)
        try await running.value
        #expect(worker.end == .control(.drain))
        #expect(try await ring.queues.counts()[RingQueues.main] == QueueCounts())
    }

    @Test("gives a prefetched point back once no other point is ready, so that an idle worker runs it")
    func lastPoints_areGivenBack() async throws {
        try await enqueue(3)
        let queues = ring.queues
        let taken = Mutex(0)
        let worker = try await worker { [events] number, _ in
            guard number == 1 else { return }
            // The worker has two points now. This test is the other worker: it takes the third, then the one given back.
            try await events.wait { $0.fetched > 1 }
            for _ in 0..<2 {
                let leases = try await eventually(
                    "a point is ready while the model runs", within: .seconds(120),
                    { try await queues.lease(1, from: RingQueues.main, leaseTime: .seconds(60)).leases },
                    until: { !$0.isEmpty })
                taken.withLock { $0 += leases.count }
                _ = try await queues.finish(leases.map { .complete($0) }, in: RingQueues.main)
            }
        }
        let running = Task { try await worker.run() }
        try await events.wait { $0.stored == 1 }
        #expect(taken.withLock { $0 } == 2)
        #expect(events.counts.runs == 1)
        try await ring.queues.setControl(.drain, for: RingQueues.main)
        try await running.value
        #expect(worker.end == .control(.drain))
        #expect(try await ring.queues.counts()[RingQueues.main] == QueueCounts())
    }

    @Test("gives back all its points when it is ended, and counts no attempt")
    func endedWorker_givesPointsBack() async throws {
        try await enqueue(4)
        let worker = try await worker { [events] _, _ in
            try await events.wait { $0.fetched > 1 }
            try await Task.sleep(for: .seconds(600))
        }
        let running = Task { try await worker.run() }
        try await events.wait { $0.fetched > 1 }
        running.cancel()
        try await running.value
        #expect(worker.end == .terminated)
        #expect(try await ring.queues.counts()[RingQueues.main] == QueueCounts(ready: 4))
        let leases = try await ring.queues.lease(4, from: RingQueues.main).leases
        #expect(leases.allSatisfy { $0.attempt == 1 })
        #expect(events.counts.stored == 0)
    }

    @Test("reports the model's progress with its heartbeats")
    func heartbeats_carryProgress() async throws {
        try await enqueue(1)
        let queues = ring.queues
        let worker = try await worker(
            { _, report in
                report(
                    ModelProgress(stages: [
                        .init(name: "PHOTOCHEM", done: 412), .init(name: "CLIMA", done: 120, total: 400),
                    ]))
                try await eventually(
                    "the lease has the model's progress", within: .seconds(120),
                    { try await queues.heldLeases(in: RingQueues.main, limit: 1).first?.note },
                    until: { $0 == "PHOTOCHEM 412, CLIMA 120/400" })
            }, maximumJobs: 1)
        try await worker.run()
        #expect(events.counts.stored == 1)
    }
}

/// Counts events, which other tasks may wait for.
private final class EventCounts: Sendable {
    struct Counts: Sendable {
        var fetched = 0, stored = 0, runs = 0, running = 0, maxParallelRuns = 0
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    func record<Result: Sendable>(_ change: @Sendable (inout Counts) -> Result) -> Result {
        state.withLock { change(&$0) }
    }

    func wait(
        sourceLocation: SourceLocation = #_sourceLocation, until condition: (Counts) -> Bool
    ) async throws {
        try await eventually(
            "the events happen", within: .seconds(120), { counts }, until: condition, sourceLocation: sourceLocation)
    }
}

/// A store that counts its transfers.
private struct CountingStore: ArtifactStore {
    let store: FolderArtifactStore
    let events: EventCounts

    func store(_ files: [FilePath], for hash: String) async throws -> String {
        let location = try await store.store(files, for: hash)
        events.record { $0.stored += 1 }
        return location
    }

    func fetch(_ hash: String, into folder: FilePath) async throws -> Bool {
        let isThere = try await store.fetch(hash, into: folder)
        events.record { $0.fetched += 1 }
        return isThere
    }
}

/// A model that keeps one file, and whose runs last as long as the test wants.
private struct CountingModel: Model {
    /// Is passed the run's number, from 1, and the function that reports progress.
    typealias Run = @Sendable (Int, ModelProgressReport) async throws -> Void

    let events: EventCounts
    let body: Run

    var name: String { "counting" }
    var version: String { "1" }
    var outputs: [OutputDefinition] { [] }

    func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath
    ) async throws -> ModelResult {
        try await run(input, limits: limits, parent: parent, directory: directory) { _ in }
    }

    func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath,
        progress: @escaping ModelProgressReport
    ) async throws -> ModelResult {
        let number = events.record { counts in
            counts.runs += 1
            counts.running += 1
            counts.maxParallelRuns = max(counts.maxParallelRuns, counts.running)
            return counts.runs
        }
        defer { events.record { $0.running -= 1 } }
        let start = try #require(parent).appending("state")
        try await body(number, progress)
        return ModelResult(verdict: .stable, message: "", outputs: [:], artifacts: [start])
    }
}
