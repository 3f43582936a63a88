import Foundation
import ParameterSpace
import TestSupport
import Testing

@testable import Simulation

@Suite("A simulated ring", .onDedicatedThread)
struct RingSimulationTests {
    private static let strategies: [Strategy] = [
        BallFixture.flood, .frontier(Frontier(resolution: [1, 1])),
        .frontier(Frontier(resolution: [1, 1], interior: .fill)), .sequence(.grid(stride: [3, 3])),
        .sequence(.sobol(points: 500, scrambling: .owen, seed: 7)), .sequence(.latinHypercube(points: 500, seed: 7)),
    ]

    @Test("ends with the points and verdicts of the search in spite of failures", arguments: strategies)
    func failures_doNotChangeThePoints(strategy: Strategy) {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        let expected = ball.replayed(strategy)
        var rough = SimulationSettings(workers: 30, runTime: .logNormal(mean: 60, sigma: 1))
        rough.preemption = Rate(perSecond: 1 / 600)
        rough.failures = Share(value: 0.1)
        rough.attempts = 100
        rough.sqlClients = 3
        rough.masters = 2
        for settings in [.idealized(workers: 1, runTime: .constant(1)), rough] {
            var simulation = ball.simulation(strategy, settings)
            let result = simulation.run()
            #expect(result.end == .finished)
            #expect(simulation.verdicts == expected)
            #expect(result.counts.finished == expected.count)
            #expect(result.counts.attempts == expected.count + result.counts.failed + result.counts.preempted)
        }
    }

    @Test("runs an adaptive search batch by batch")
    func adaptiveSearch_isSimulated() {
        let ball = BallFixture(64, dimensions: 2, radius: 20)
        let strategy = Strategy.adaptive(Adaptive(resolution: [1, 1]))
        var simulation = ball.simulation(strategy, .idealized(workers: 100, runTime: .constant(10)))
        #expect(simulation.run().end == .finished)
        #expect(simulation.verdicts == ball.replayed(strategy))
    }

    @Test("with one worker and no overhead takes the sum of the run times")
    func oneWorker_takesTheSumOfRunTimes() {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        var simulation = ball.simulation(.idealized(workers: 1, runTime: .constant(60)))
        let result = simulation.run()
        #expect(abs(result.wallTime - 60 * Double(result.counts.finished)) < 1e-3)
        #expect(abs(result.spent.idle) < 1e-3)
        #expect(abs(result.spent.useful - result.wallTime) < 1e-3)
    }

    /// A flood spreads in layers. With a worker for every point, the points n steps away run in the n-th interval, and the
    /// outermost layer consists of the farthest point's neighbours.
    @Test("with enough workers takes one run time for each layer of a flood")
    func enoughWorkers_takeOneRunTimePerLayer() {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        let farthest = ball.replayed(BallFixture.flood).keys.map { point in
            point.values.reduce(0) { $0 + abs(Int($1.doubleValue) - 20) }
        }.max()!
        var simulation = ball.simulation(.idealized(workers: 1_000, runTime: .constant(60)))
        let result = simulation.run()
        #expect(abs(result.wallTime - 60 * Double(farthest + 1)) < 1e-3)
        #expect(result.timeline.peak(.main) == 0, "no point waits")
    }

    /// n jobs of constant time on w workers take ⌈n/w⌉ rounds.
    @Test("of a plan takes whole rounds")
    func plan_takesWholeRounds() {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        let plan = Strategy.sequence(.grid(stride: [1, 1]))
        var simulation = ball.simulation(plan, .idealized(workers: 700, runTime: .constant(60)))
        let result = simulation.run()
        #expect(result.counts.finished == 1_600)
        #expect(abs(result.wallTime - 180) < 1e-3)
        #expect(abs(result.spent.idle - (3 * 700 - 1_600) * 60) < 1)
    }

    /// The maximum of n exponential times has a mean of the n-th harmonic number times their mean, and a standard
    /// deviation below π/√6 times their mean.
    @Test("with exponential run times ends with the last run")
    func exponentialRunTimes_endWithTheLastRun() {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        let plan = Strategy.sequence(.grid(stride: [4, 4]))
        let harmonic = (1...100).reduce(0) { $0 + 1 / Double($1) }
        var sum = 0.0
        let rounds = 200
        for seed in 0..<UInt64(rounds) {
            var settings = SimulationSettings.idealized(workers: 100, runTime: .exponential(mean: 60))
            settings.seed = seed
            var simulation = ball.simulation(plan, settings)
            sum += simulation.run().wallTime
        }
        let error = 60 * 1.2825 / Double(rounds).squareRoot()
        #expect(abs(sum / Double(rounds) - 60 * harmonic) < 4 * error)
    }

    /// A run of t seconds that is lost at rate λ and restarted takes (e^λt - 1)/λ on average, without the wait; e^λt - 1
    /// losses precede each success.
    @Test("loses runs to preemption at the given rate")
    func preemption_losesRunsAtTheRate() {
        let ball = BallFixture(60, dimensions: 2, radius: 9.4)
        var settings = SimulationSettings.idealized(workers: 100, runTime: .constant(600))
        settings.preemption = Rate(perSecond: 1 / 1_800)
        settings.givesNotice = true
        settings.replacement = .constant(0)
        var simulation = ball.simulation(.sequence(.grid(stride: [1, 1])), settings)
        let result = simulation.run()
        let expected = 3_600 * (exp(1.0 / 3) - 1)
        #expect(abs(Double(result.counts.preempted) - expected) < 4 * expected.squareRoot() * 1.2)
        #expect(result.counts.givenUp == 0, "a worker that gives its point back has not crashed")
        let spent = result.spent.useful + result.spent.preempted
        #expect(abs(spent / 3_600 - 1_800 * (exp(1.0 / 3) - 1)) < 30)
    }

    @Test("keeps a lost worker's point until its lease ends, and gives it up after too many losses")
    func lostWorker_keepsItsPointUntilTheLeaseEnds() {
        let ball = BallFixture(40, dimensions: 2, radius: 1.5)
        var settings = SimulationSettings.idealized(workers: 1, runTime: .constant(1e9))
        settings.preemption = Rate(perSecond: 1)
        settings.replacement = .constant(0)
        settings.leaseTime = 15
        settings.attempts = 3
        var simulation = ball.simulation(settings)
        let result = simulation.run()
        #expect(result.end == .finished)
        #expect(result.counts.givenUp == 1)
        #expect(result.counts.finished == 1)
        #expect(result.counts.preempted == 3)
        // Each worker lives for about a second, and each lease for 15 s after its last extension, every 5 s.
        #expect((45..<120).contains(result.wallTime), "\(result.wallTime)")
    }

    @Test("ends runs at the time limit, retries them after a backoff, and finally gives up")
    func timeLimit_failsRunsAndGivesUp() {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        var settings = SimulationSettings.idealized(workers: 10, runTime: .constant(100))
        settings.wallTime = 30
        var simulation = ball.simulation(settings)
        let result = simulation.run()
        #expect(result.counts == counts(givenUp: 1, attempts: 3, failed: 3, timedOut: 3))
        #expect(result.spent.failed == 90)
        #expect((90..<93.1).contains(result.wallTime), "\(result.wallTime)")
    }

    private func counts(givenUp: Int, attempts: Int, failed: Int, timedOut: Int) -> RunCounts {
        var counts = RunCounts()
        counts.givenUp = givenUp
        counts.attempts = attempts
        counts.failed = failed
        counts.timedOut = timedOut
        return counts
    }

    @Test("runs exactly as many points as the limit allows")
    func pointLimit_isExact() {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        var settings = SimulationSettings(workers: 64, runTime: .exponential(mean: 60))
        settings.limit = 100
        settings.preemption = Rate(perSecond: 1 / 600)
        var simulation = ball.simulation(settings)
        let result = simulation.run()
        #expect(result.end == .limitReached)
        #expect(result.counts.finished == 100)
        #expect(result.counts.left > 0)
    }

    @Test("begins no run after its wall time or its core-hours are used up")
    func timeBudgets_stopNewRuns() {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        let plan = Strategy.sequence(.grid(stride: [1, 1]))
        var settings = SimulationSettings.idealized(workers: 100, runTime: .constant(60))
        settings.lastBegin = 150
        var simulation = ball.simulation(plan, settings)
        var result = simulation.run()
        // Three rounds begin, at 0, 60 and 120 seconds; the third is finished.
        #expect(result.end == .timeOver)
        #expect(result.counts.finished == 300)
        #expect(abs(result.wallTime - 180) < 1e-3)
        #expect(result.counts.left == 1_300)

        settings.lastBegin = nil
        settings.coreTime = 6_001
        simulation = ball.simulation(plan, settings)
        result = simulation.run()
        #expect(result.end == .coreTimeSpent)
        // The first hundred runs are one second short of it; running points are finished.
        #expect(result.counts.finished == 200)
        #expect(result.spent.useful == 12_000)
    }

    @Test("begins at every start point")
    func everyStart_isRun() throws {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        let points = try ["20,20", "0,0", "39,0"].map { try ball.space.point(code: $0) }
        var simulation = try #require(
            RingSimulation(
                BallFixture.flood, in: ball.space, starts: points,
                settings: .idealized(workers: 3, runTime: .constant(1)), oracle: ball.oracle))
        _ = simulation.run()
        var expected = ball.replayed(BallFixture.flood)
        for point in points.dropFirst() { expected[point] = false }
        #expect(simulation.verdicts == expected)
    }

    @Test("is determined by its seed")
    func seed_determinesTheResult() {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        func wallTime(_ seed: UInt64) -> Double {
            var settings = SimulationSettings(workers: 20, runTime: .logNormal(mean: 60, sigma: 0.5))
            settings.preemption = Rate(perSecond: 1 / 600)
            settings.seed = seed
            var simulation = ball.simulation(settings)
            return simulation.run().wallTime
        }
        #expect(wallTime(1) == wallTime(1))
        #expect(wallTime(1) != wallTime(2))
    }

    @Test("accounts for every second of every worker")
    func workerTime_addsUp() {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        var settings = SimulationSettings(workers: 20, runTime: .exponential(mean: 60))
        settings.failures = Share(value: 0.2)
        settings.attempts = 50
        var simulation = ball.simulation(settings)
        let result = simulation.run()
        #expect(abs(result.spent.all - 20 * result.wallTime) < 1e-6 * result.spent.all)
        #expect(result.spent.failed > 0)
        #expect(abs(result.spent.overhead - 0.01 * Double(result.counts.attempts)) < 1e-6)
        let busy = result.timeline.samples(of: .busy)
        #expect(busy.count > 500)
        #expect(busy.allSatisfy { $0.level <= 20.0001 })
        #expect(result.time(untilFinished: 0.5) < result.time(untilFinished: 0.9))
        #expect(result.time(untilFinished: 0.9) < result.wallTime)
    }

    @Test("is limited by an sql-client that is too slow for its workers")
    func slowSQLClient_limitsTheThroughput() {
        let ball = BallFixture(40, dimensions: 2, radius: 9.4)
        let plan = Strategy.sequence(.grid(stride: [1, 1]))
        var settings = SimulationSettings.idealized(workers: 1_600, runTime: .constant(0.5))
        settings.costs.message = 0.1
        var simulation = ball.simulation(plan, settings)
        let result = simulation.run()
        // One proposal and one result for each point, in sequence.
        #expect(abs(result.wallTime - 320) < 1)
        #expect(result.sqlClientTime / result.wallTime > 0.99)
        settings.sqlClients = 2
        simulation = ball.simulation(plan, settings)
        #expect(simulation.run().wallTime < 250)
    }
}
