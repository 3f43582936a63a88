import FoundationEssentials
import ScalingSimulation
import TestSupport
import Testing

@Suite(.onDedicatedThread)
struct ClusterSimulationTests {
    /// The number of simulated days.
    private static let days: UInt64 = ProcessInfo.processInfo.environment["ATMOS_LONG_TESTS"] == "1" ? 300 : 3

    @Test(
        "over a day of preemptions no pod is created twice, none stays idle, and the overshoot is small",
        arguments: 1...days)
    func dayOfPreemptions_scalesWithoutDoublesOrLargeOvershoot(seed: UInt64) {
        var scenario = SimulationScenario()
        scenario.seed = seed
        var simulation = ClusterSimulation(scenario, policy: .simulated)
        let result = simulation.run()
        #expect(result.completed == scenario.streams.reduce(0) { $0 + $1.jobs }, "all work is done")
        #expect(result.preempted > 1000)
        #expect(result.samples.contains { $0.pods > 900 })
        #expect(result.refused > 0, "decisions were repeated")
        #expect(result.doubled == 0)
        // On some days new work arrives before the last pods have left, except at the end.
        #expect(!result.emptying.isEmpty)
        for seconds in result.emptying { #expect(seconds <= scenario.idleLimit + scenario.round) }
        // At least three: the surveys and the small bursts, whose estimates contain the long runs of the survey before.
        #expect(result.overshoots.count >= 3)
        for overshoot in result.overshoots { #expect(overshoot < 0.1) }
        #expect(result.turns <= 10)
    }
}
