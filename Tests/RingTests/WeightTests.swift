import LeaseQueue
import Logging
import Support
import Synchronization
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline

@Suite("Several explorations at once", .timeLimit(.minutes(15)))
struct WeightTests {
    @Test("get turns in proportion to their weights, and no credit for times without work")
    func turns_followWeights() {
        var schedule = StrideSchedule(weights: [1, 3])
        func turns(_ count: Int, among indices: [Int]) -> [Int] {
            var given = [0, 0]
            for _ in 0..<count {
                let next = schedule.order(of: indices)[0]
                given[next] += 1
                schedule.charge(next, 1)
            }
            return given
        }
        #expect(turns(400, among: [0, 1]) == [100, 300])
        schedule.rest(0)
        #expect(turns(300, among: [1]) == [0, 300])
        schedule.wake(0)
        #expect(turns(400, among: [0, 1]) == [100, 300])
    }

    @Test("are chosen first by a share of workers in proportion to their weights")
    func firstTurns_followWeights() {
        var generator = SplitMix64(seed: 1)
        var begun = [0, 0, 0]
        for _ in 0..<4_000 {
            begun[StrideSchedule(weights: [1, 2, 5], generator: &generator).order(of: [0, 1, 2])[0]] += 1
        }
        // Four standard deviations are 84 of the 500, and less than 130 of the others.
        for (count, expected) in zip(begun, [500, 1_000, 2_500]) { #expect(abs(count - expected) < 130, "\(begun)") }
    }

    @Test("share the time of one worker by their weights 1 and 3, and both end")
    func workerTime_isSharedByWeights() async throws {
        let light = try await InProcessRing(strategy: "{kind: sobol, points: 400}", more: "weight: 1")
        let heavy = try await InProcessRing(strategy: "{kind: sobol, points: 400}", more: "weight: 3")
        for ring in [light, heavy] {
            try await ring.start()
            try await ring.withRoles(.init(workers: 0)) {
                let count = ring.replayed().count
                try await eventually("all points are ready", within: .seconds(300)) {
                    try await ring.queues.counts()[RingQueues.main]?.ready == count
                }
            }
        }
        let name = ConsumerName(role: "worker")
        let starts = RunStarts()
        var sources: [WorkSource] = []
        // The runs of the light exploration take longer: the weights apply to time, not to the number of runs.
        for (index, (ring, length)) in zip([light, heavy], [30_000, 15_000]).enumerated() {
            let model = JitteryModel(
                model: try await ring.definition.model.makeModel(in: ring.definition),
                microseconds: length...length, willRun: { starts.record(index) })
            sources.append(ring.source(model, try await ring.connect(as: "both"), name))
        }
        var settings = InProcessRing.settings
        settings.maximumJobs = 200
        try await Worker(sources: sources, settings: settings, logger: .silent).run()
        func done(_ ring: InProcessRing) async throws -> Int {
            let counts = try await ring.queues.counts()
            return (counts[RingQueues.completeStableSQL]?.ready ?? 0)
                + (counts[RingQueues.completeUnstableSQL]?.ready ?? 0)
        }
        let runs = (try await done(light), try await done(heavy))
        #expect(runs.0 + runs.1 == 200)
        let times = starts.times
        // A quarter, within what a busy machine may add between two runs, which is not charged to either.
        #expect((0.15...0.35).contains(times[0] / (times[0] + times[1])), "\(times) in \(runs) runs")

        for ring in [light, heavy] {
            try await ring.withRoles { try await ring.untilFinished() }
            #expect(try await ring.verdicts() == ring.replayed())
        }
    }
}

/// Records which exploration's run started when.
private final class RunStarts: Sendable {
    private let entries = Mutex<[(index: Int, start: ContinuousClock.Instant)]>([])

    func record(_ index: Int) {
        entries.withLock { $0.append((index, .now)) }
    }

    /// The seconds of each exploration, from the start of each of its runs to the start of the next run of either.
    var times: [Double] {
        entries.withLock { entries in
            var times = [0.0, 0.0]
            for (entry, next) in zip(entries, entries.dropFirst()) {
                times[entry.index] += entry.start.duration(to: next.start) / .seconds(1)
            }
            return times
        }
    }
}
