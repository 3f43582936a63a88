import FoundationEssentials
import ScalingSimulation
import TestSupport
import Testing

@Suite(.onDedicatedThread)
struct ClusterSimulationTests {
    /// How many days are tried.
    private static let days: UInt64 = ProcessInfo.processInfo.environment["ATMOS_LONG_TESTS"] == "1" ? 300 : 3

    @Test(
        "over a day of preemptions no pods are doubled, none stay, and hardly too many come",
        arguments: 1...days)
    func day(seed: UInt64) {
        var scenario = SimulationScenario()
        scenario.seed = seed
        var simulation = ClusterSimulation(scenario, policy: .simulated)
        let result = simulation.run()
        #expect(result.completed == scenario.streams.reduce(0) { $0 + $1.jobs }, "all work is done")
        #expect(result.preempted > 1000)
        #expect(result.samples.contains { $0.pods > 900 })
        #expect(result.refused > 0, "decisions were repeated")
        #expect(result.doubled == 0)
        // On some days new work comes before the last pods of all but the last stretch have left.
        #expect(!result.emptying.isEmpty)
        for seconds in result.emptying { #expect(seconds <= scenario.idleLimit + scenario.round) }
        // Three at least: the surveys, and the small bursts, in whose estimate are the ends of the survey's long runs.
        #expect(result.overshoots.count >= 3)
        for overshoot in result.overshoots { #expect(overshoot < 0.1) }
        #expect(result.turns <= 10)
    }
}
