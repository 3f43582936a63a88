import ArtifactStore
import LeaseQueue
import ModelRunner
import ParameterSpace
import Pipeline
import Support
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline

@Suite("A worker whose runs have files to move", .timeLimit(.minutes(2)))
struct OverlapTests {
    private let ring: RingInProcess
    private let folder: TemporaryFolder
    private let diary = Diary()
    private let store: WatchedStore

    init() async throws {
        ring = try await RingInProcess(strategy: "{kind: flood}", reach: 30)
        folder = try TemporaryFolder()
        store = WatchedStore(
            store: try FolderArtifactStore(url: "file://\(folder.path)/kept"), diary: diary)
    }

    /// Puts points on `main`, all of which start warm from one that is kept.
    private func enqueue(_ count: Int) async throws {
        func point(_ x: Int) throws -> (hash: PointHash, code: String) {
            let point = try ring.definition.space.point(code: "\(x),0")
            return (ring.definition.space.hash(of: point), point.code)
        }
        let parent = try point(0).hash.description
        let file = folder.path.appending("state")
        try FileDescriptor.open(file, .writeOnly, options: .create, permissions: .ownerReadWrite).close()
        _ = try await store.store.store([file], for: parent)
        let jobs = try (1...count).map { x in
            let (hash, code) = try point(x)
            return Job.point(hash, code: code, parent: parent)
        }
        _ = try await ring.queues.enqueue(jobs, to: RingQueues.main)
    }

    private func worker(_ run: @escaping DiaryModel.Run, maximumJobs: Int? = nil) async throws -> Worker {
        var settings = Worker.Settings(runFolder: folder.path.appending("runs"))
        settings.maximumJobs = maximumJobs
        settings.idleLimit = .zero
        let source = WorkSource(
            definition: ring.definition, model: DiaryModel(diary: diary, body: run), artifacts: store,
            queues: try await ring.connect(as: "worker"), name: ConsumerName(role: "worker"), settings: settings,
            logger: RingInProcess.quiet)
        return Worker(sources: [source], settings: settings, logger: RingInProcess.quiet)
    }

    @Test("fetches the next point's and keeps the last one's while the model runs, one model at a time")
    func overlap() async throws {
        try await enqueue(6)
        let worker = try await worker(
            { [diary] number, _ in
                // Of shorter runs it would take several at a time.
                try await Task.sleep(for: LeaseBatchSizer.target * 2)
                // Either would be waited for in vain if it came after the run.
                if number < 5 { try await diary.wait { $0.fetched > number } }
                if number > 1 { try await diary.wait { $0.kept >= number - 1 } }
            }, maximumJobs: 6)
        try await worker.run()
        #expect(worker.end == .maximumJobs)
        let page = diary.page
        #expect(page.runs == 6 && page.kept == 6 && page.fetched == 6 && page.mostRuns == 1)
        let counts = try await ring.queues.counts()
        #expect(counts[RingQueues.main] == QueueCounts())
        #expect(counts[RingQueues.completeStableSQL]?.ready == 6)
    }

    @Test("leaves a point to others where no more wait than are being run")
    func modest() async throws {
        try await enqueue(2)
        let queues = ring.queues
        let taken = Mutex(0)
        let worker = try await worker { _, _ in
            // Long enough for a worker that is not as modest.
            try await Task.sleep(for: .milliseconds(300))
            let leases = try await queues.lease(1, from: RingQueues.main, leaseTime: .seconds(60)).leases
            taken.withLock { $0 += leases.count }
            _ = try await queues.finish(leases.map { .complete($0) }, in: RingQueues.main)
        }
        let running = Task { try await worker.run() }
        try await diary.wait { $0.kept == 1 }
        #expect(taken.withLock { $0 } == 1)
        try await ring.queues.setControl(.drain, for: RingQueues.main)
        try await running.value
        #expect(worker.end == .control(.drain))
        #expect(try await ring.queues.counts()[RingQueues.main] == QueueCounts())
    }

    @Test("gives back all that it holds when it is ended, and counts no attempt")
    func ended() async throws {
        try await enqueue(4)
        let worker = try await worker { [diary] _, _ in
            try await diary.wait { $0.fetched > 1 }
            try await Task.sleep(for: .seconds(600))
        }
        let running = Task { try await worker.run() }
        try await diary.wait { $0.fetched > 1 }
        running.cancel()
        try await running.value
        #expect(worker.end == .terminated)
        #expect(try await ring.queues.counts()[RingQueues.main] == QueueCounts(ready: 4))
        let leases = try await ring.queues.lease(4, from: RingQueues.main).leases
        #expect(leases.allSatisfy { $0.attempt == 1 })
        #expect(diary.page.kept == 0)
    }

    @Test("says with its heartbeats how far the model is")
    func progress() async throws {
        try await enqueue(1)
        let queues = ring.queues
        let worker = try await worker(
            { _, report in
                report(
                    ModelProgress(stages: [
                        .init(name: "PHOTOCHEM", done: 412), .init(name: "CLIMA", done: 120, total: 400),
                    ]))
                while try await queues.heldLeases(in: RingQueues.main, limit: 1).first?.note
                    != "PHOTOCHEM 412, CLIMA 120/400"
                {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }, maximumJobs: 1)
        try await worker.run()
        #expect(diary.page.kept == 1)
    }
}

/// What happened so far, for others to wait for.
private final class Diary: Sendable {
    struct Page: Sendable {
        var fetched = 0, kept = 0, runs = 0, running = 0, mostRuns = 0
    }

    private let state = Mutex(Page())

    var page: Page { state.withLock { $0 } }

    func write<Result: Sendable>(_ change: @Sendable (inout Page) -> Result) -> Result {
        state.withLock { change(&$0) }
    }

    func wait(until condition: (Page) -> Bool) async throws {
        while !condition(page) { try await Task.sleep(for: .milliseconds(2)) }
    }
}

/// A store that writes down what it did.
private struct WatchedStore: ArtifactStore {
    let store: FolderArtifactStore
    let diary: Diary

    func store(_ files: [FilePath], for hash: String) async throws -> String {
        let place = try await store.store(files, for: hash)
        diary.write { $0.kept += 1 }
        return place
    }

    func fetch(_ hash: String, into folder: FilePath) async throws -> Bool {
        let isThere = try await store.fetch(hash, into: folder)
        diary.write { $0.fetched += 1 }
        return isThere
    }
}

/// A model that keeps one file, and whose runs last as long as the test wants.
private struct DiaryModel: Model {
    /// Gets the run's number, from 1, and whom to tell of its progress.
    typealias Run = @Sendable (Int, ModelProgressReport) async throws -> Void

    let diary: Diary
    let body: Run

    var name: String { "diary" }
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
        let number = diary.write { page in
            page.runs += 1
            page.running += 1
            page.mostRuns = max(page.mostRuns, page.running)
            return page.runs
        }
        defer { diary.write { $0.running -= 1 } }
        let start = try #require(parent).appending("state")
        try await body(number, progress)
        return ModelResult(verdict: .stable, message: "", outputs: [:], artifacts: [start])
    }
}
