import Foundation
import ParameterSpace
import TestSupport
import Testing

@testable import Simulation

@Suite("A simulated ring", .onDedicatedThread)
struct RingSimulationTests {
    private static let strategies: [Strategy] = [
        BallInCube.flood, .frontier(Frontier(resolution: [1, 1])),
        .frontier(Frontier(resolution: [1, 1], interior: .fill)), .sequence(.grid(stride: [3, 3])),
        .sequence(.sobol(points: 500, scrambling: .owen, seed: 7)), .sequence(.latinHypercube(points: 500, seed: 7)),
    ]

    @Test("ends with the points and verdicts of the search itself, whatever happens on the way", arguments: strategies)
    func samePoints(strategy: Strategy) {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
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

    @Test("asks a surrogate for one batch after the other")
    func adaptive() {
        let ball = BallInCube(64, dimensions: 2, radius: 20)
        let strategy = Strategy.adaptive(Adaptive(resolution: [1, 1]))
        var simulation = ball.simulation(strategy, .idealized(workers: 100, runTime: .constant(10)))
        #expect(simulation.run().end == .finished)
        #expect(simulation.verdicts == ball.replayed(strategy))
    }

    @Test("with one worker and nothing else that takes time lasts as long as the runs together")
    func oneWorker() {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
        var simulation = ball.simulation(.idealized(workers: 1, runTime: .constant(60)))
        let result = simulation.run()
        #expect(abs(result.wallTime - 60 * Double(result.counts.finished)) < 1e-3)
        #expect(abs(result.spent.idle) < 1e-3)
        #expect(abs(result.spent.useful - result.wallTime) < 1e-3)
    }

    /// A flood goes outwards in layers: with a worker for every point, the points that are n steps away are run in the
    /// n-th span of time, and the outermost layer is that of the farthest point's neighbours.
    @Test("with enough workers lasts as long as there are layers")
    func layers() {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
        let farthest = ball.replayed(BallInCube.flood).keys.map { point in
            point.values.reduce(0) { $0 + abs(Int($1.doubleValue) - 20) }
        }.max()!
        var simulation = ball.simulation(.idealized(workers: 1_000, runTime: .constant(60)))
        let result = simulation.run()
        #expect(abs(result.wallTime - 60 * Double(farthest + 1)) < 1e-3)
        #expect(result.timeline.peak(.main) == 0, "nothing ever waits after the moment it came")
    }

    /// n jobs of constant time on w workers take ⌈n/w⌉ of them.
    @Test("of a plan lasts as many rounds as it takes")
    func rounds() {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
        let plan = Strategy.sequence(.grid(stride: [1, 1]))
        var simulation = ball.simulation(plan, .idealized(workers: 700, runTime: .constant(60)))
        let result = simulation.run()
        #expect(result.counts.finished == 1_600)
        #expect(abs(result.wallTime - 180) < 1e-3)
        #expect(abs(result.spent.idle - (3 * 700 - 1_600) * 60) < 1)
    }

    /// The last of n exponential times, all begun at once, is the n-th harmonic number times the mean on average, with a
    /// standard deviation below π/√6 means.
    @Test("with exponential run times ends when the last of them ends")
    func lastOfMany() {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
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

    /// A run of t seconds that is lost at rate λ and begun again takes (e^λt - 1)/λ on average, the wait not counted;
    /// each success is preceded by e^λt - 1 losses.
    @Test("loses as many runs to preemption as the rate says")
    func preemption() {
        let ball = BallInCube(60, dimensions: 2, radius: 9.4)
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

    @Test("keeps a lost worker's point until its lease ends, and gives a point up that loses worker after worker")
    func leases() {
        let ball = BallInCube(40, dimensions: 2, radius: 1.5)
        var settings = SimulationSettings.idealized(workers: 1, runTime: .constant(1e9))
        settings.preemption = Rate(perSecond: 1)
        settings.replacement = .constant(0)
        settings.leaseTime = 15
        settings.attempts = 3
        var simulation = ball.simulation(settings)
        let result = simulation.run()
        #expect(result.end == .finished)
        #expect(result.counts.givenUp == 1 && result.counts.finished == 1)
        #expect(result.counts.preempted == 3)
        // Each worker lives for a second or so, and each lease for 15 s after its last extension, every 5 s.
        #expect(result.wallTime >= 45 && result.wallTime < 120, "\(result.wallTime)")
    }

    @Test("ends runs at the limit of time, tries again after a while, and gives up in the end")
    func timeLimit() {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
        var settings = SimulationSettings.idealized(workers: 10, runTime: .constant(100))
        settings.wallTime = 30
        var simulation = ball.simulation(settings)
        let result = simulation.run()
        #expect(result.counts == counts(givenUp: 1, attempts: 3, failed: 3, timedOut: 3))
        #expect(result.spent.failed == 90)
        #expect(result.wallTime >= 90 && result.wallTime < 93.1)
    }

    private func counts(givenUp: Int, attempts: Int, failed: Int, timedOut: Int) -> RunCounts {
        var counts = RunCounts()
        counts.givenUp = givenUp
        counts.attempts = attempts
        counts.failed = failed
        counts.timedOut = timedOut
        return counts
    }

    @Test("runs exactly as many points as the limit says")
    func limit() {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
        var settings = SimulationSettings(workers: 64, runTime: .exponential(mean: 60))
        settings.limit = 100
        settings.preemption = Rate(perSecond: 1 / 600)
        var simulation = ball.simulation(settings)
        let result = simulation.run()
        #expect(result.end == .limitReached)
        #expect(result.counts.finished == 100)
        #expect(result.counts.left > 0)
    }

    @Test("begins no run once its time is over, or all runs together have lasted as long as they may")
    func timeBudgets() {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
        let plan = Strategy.sequence(.grid(stride: [1, 1]))
        var settings = SimulationSettings.idealized(workers: 100, runTime: .constant(60))
        settings.lastBegin = 150
        var simulation = ball.simulation(plan, settings)
        var result = simulation.run()
        // Three rounds begin, at 0, 60 and 120 seconds, and the third is finished.
        #expect(result.end == .timeOver)
        #expect(result.counts.finished == 300)
        #expect(abs(result.wallTime - 180) < 1e-3)
        #expect(result.counts.left == 1_300)

        settings.lastBegin = nil
        settings.coreTime = 6_001
        simulation = ball.simulation(plan, settings)
        result = simulation.run()
        #expect(result.end == .coreTimeSpent)
        // A hundred runs are a second short of it; what is running when it is spent is finished.
        #expect(result.counts.finished == 200)
        #expect(result.spent.useful == 12_000)
    }

    @Test("begins at every start point")
    func starts() throws {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
        let points = try ["20,20", "0,0", "39,0"].map { try ball.space.point(code: $0) }
        var simulation = try #require(
            RingSimulation(
                BallInCube.flood, in: ball.space, starts: points,
                settings: .idealized(workers: 3, runTime: .constant(1)), oracle: ball.oracle))
        _ = simulation.run()
        var expected = ball.replayed(BallInCube.flood)
        for point in points.dropFirst() { expected[point] = false }
        #expect(simulation.verdicts == expected)
    }

    @Test("is the same for the same seed, and another for another one")
    func deterministic() {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
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

    @Test("accounts for every second of every worker, and shows where the time goes")
    func accounts() {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
        var settings = SimulationSettings(workers: 20, runTime: .exponential(mean: 60))
        settings.failures = Share(value: 0.2)
        settings.attempts = 50
        var simulation = ball.simulation(settings)
        let result = simulation.run()
        #expect(abs(result.spent.all - 20 * result.wallTime) < 1e-6 * result.spent.all)
        #expect(result.spent.failed > 0)
        #expect(abs(result.spent.overhead - 0.01 * Double(result.counts.attempts)) < 1e-6)
        let busy = result.timeline.samples(of: .busy)
        #expect(busy.count > 500 && busy.allSatisfy { $0.level <= 20.0001 })
        #expect(result.time(untilFinished: 0.5) < result.time(untilFinished: 0.9))
        #expect(result.time(untilFinished: 0.9) < result.wallTime)
    }

    @Test("is held up by an sql-client that is too slow for so many workers")
    func slowLedger() {
        let ball = BallInCube(40, dimensions: 2, radius: 9.4)
        let plan = Strategy.sequence(.grid(stride: [1, 1]))
        var settings = SimulationSettings.idealized(workers: 1_600, runTime: .constant(0.5))
        settings.costs.message = 0.1
        var simulation = ball.simulation(plan, settings)
        let result = simulation.run()
        // A proposal and a result for each of the points, one after the other.
        #expect(abs(result.wallTime - 320) < 1)
        #expect(result.sqlClientTime / result.wallTime > 0.99)
        settings.sqlClients = 2
        simulation = ball.simulation(plan, settings)
        #expect(simulation.run().wallTime < 250)
    }
}
