import LeaseQueue
import ParameterSpace
import RunLedger
import Support
import Testing

@testable import ExplorationFile
@testable import Pipeline

/// Points that somebody remembers who was to run them.
struct LostPointTests {
    @Test("a point that nobody has is queued again, unless it has its verdict; one that waits already is left there")
    func putBack() async throws {
        let ring = try await RingInProcess(strategy: "{kind: flood}")
        let table = ring.definition.table
        func job(_ x: Int) throws -> (job: Job, hash: PointHash, point: Point) {
            let point = try ring.definition.space.point(code: "\(x),0")
            let hash = ring.definition.space.hash(of: point)
            return (.point(hash, code: point.code, parent: nil, priority: 7), hash, point)
        }
        let (lost, unknown, waiting) = (try job(1), try job(2), try job(3))
        let (held, done, givenUp) = (try job(4), try job(5), try job(6))
        let known = [lost, waiting, held, done, givenUp].map { entry in
            QueuedPoint(
                hash: entry.hash.bytes, code: entry.point.code, values: entry.point.values.map(\.doubleValue),
                parent: nil)
        }
        _ = try await ring.ledger.insertQueued(known, into: table)
        let run = Attempt(
            hash: done.hash.bytes, token: 1, attempt: 1, worker: "w", host: "h", model: "m", modelVersion: "1",
            startedAt: 1)
        _ = try await ring.ledger.recordCompleted(
            [CompletedRecord(attempt: run, endedAt: 2, verdict: .stable, outputs: [], message: "")], in: table)
        try await ring.ledger.recordExhausted(
            [ExhaustedRecord(hash: givenUp.hash.bytes, token: 1, message: "no")], in: table)
        _ = try await ring.queues.enqueue([held.job], to: RingQueues.main)
        _ = try await ring.queues.lease(1, from: RingQueues.main, leaseTime: .seconds(600))
        _ = try await ring.queues.enqueue([waiting.job], to: RingQueues.main)

        let points = PointRequeuer(ring.ring)
        let foreign = Job(id: "no point", payload: [])
        let jobs = [lost, unknown, waiting, held, done, givenUp].map(\.job) + [foreign]
        for _ in 0..<2 {
            #expect(try await points.requeue(jobs).subtracting([unknown.job.id]) == [lost.job.id, waiting.job.id])
            let ready = try await ring.queues.readyJobs(in: RingQueues.main)
            #expect(Set(ready.map(\.id)) == [lost.job.id, waiting.job.id])
            #expect(ready.allSatisfy { $0.priority == 7 })
            #expect(try await ring.queues.readyJobs(in: RingQueues.mainSQL).map(\.id) == [unknown.job.id])
        }
    }
}
