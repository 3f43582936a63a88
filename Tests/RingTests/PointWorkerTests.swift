import Foundation
import LeaseQueue
import ParameterSpace
import Pipeline
import TestSupport
import Testing

@testable import ExplorationFile

/// A worker that is for one point.
@Suite("A worker for one point")
struct PointWorkerTests {
    private let model = "echo '{\"verdict\": \"stable\", \"outputs\": {}}' > result.json"

    private func hash(_ code: String, _ stage: Stage) throws -> String {
        stage.definition.space.hash(of: try stage.definition.space.point(code: code)).description
    }

    @Test("runs that point, whatever is before it, and leaves")
    func runs() async throws {
        let stage = try await Stage(model: model)
        try await stage.enqueue("1", "2", "3")
        let ended = try await stage.role("atmos-worker", ["--point", hash("2", stage)])
        #expect(ended.status == 0, "\(ended)")
        #expect(try await stage.counts(of: RingQueues.completeStableSQL).ready == 1)
        #expect(try await stage.queues.states(of: [hash("2", stage)], in: RingQueues.main) == [nil])
        #expect(try await stage.counts(of: RingQueues.main) == QueueCounts(ready: 2))
        // Once more, by the environment: it is done.
        let again = try await stage.role("atmos-worker", environment: ["ATMOS_POINT": hash("2", stage)])
        #expect(again.status == 0 && again.errors.contains("pointNotReady"), "\(again)")
        #expect(try await stage.counts(of: RingQueues.main) == QueueCounts(ready: 2))
    }

    @Test("counts an attempt of a model that fails, and leaves")
    func fails() async throws {
        let stage = try await Stage(model: "exit 3", attempts: 1)
        try await stage.enqueue("1")
        let ended = try await stage.role("atmos-worker", ["--point", hash("1", stage)])
        #expect(ended.status == 0, "\(ended)")
        #expect(try await stage.queues.states(of: [hash("1", stage)], in: RingQueues.main) == [.dead])
    }

    @Test("leaves a point alone that somebody else has, and leaves")
    func elsewhere() async throws {
        let stage = try await Stage(model: model, leaseSeconds: 600)
        try await stage.enqueue("1")
        let lease = try #require(try await stage.queues.lease(1, from: RingQueues.main).leases.first)
        let ended = try await stage.role("atmos-worker", ["--point", hash("1", stage)])
        #expect(ended.status == 0, "\(ended)")
        #expect(try await stage.queues.finish([.complete(lease)], in: RingQueues.main).results == [.done])
    }

    @Test("refuses what is no point's hash as a wrong configuration", arguments: ["x", "../etc", "abcd"])
    func wrong(point: String) async throws {
        let stage = try await Stage(model: model)
        let ended = try await stage.role("atmos-worker", ["--point", point])
        #expect(ended.status == 78 && ended.errors.contains("no point's hash"), "\(ended)")
    }

    @Test("is what the scaler renders for each point, with the maximum as a limit")
    func rendered() async throws {
        let stage = try await Stage(model: model)
        try await stage.enqueue("1", "2", "3")
        let root = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        let arguments = ["--job-template", root + "workers.yaml", "--values", root + "values.yaml", "--per-job"]
        let ended = try await stage.role("atmos-scaler", arguments + ["--maximum", "2"])
        #expect(ended.status == 0 && ended.errors.contains("2 points wait for a Job"), "\(ended)")
        #expect(ended.output.split(separator: "\n").count { $0 == "kind: Job" || $0 == "kind: \"Job\"" } == 2)
        #expect(
            try ended.output.contains("\"\(hash("1", stage))\"") && ended.output.contains("atmos-explorer.io/point"))
        let other = try await stage.role("atmos-scaler", arguments + ["--queue", "explore"])
        #expect(other.status == 78 && other.errors.contains("for the queue 'main'"), "\(other)")
        let watched = try await stage.role("atmos-scaler", arguments + ["--watch", "--requeue-failed"])
        #expect(watched.status == 64, "\(watched)")
    }
}
