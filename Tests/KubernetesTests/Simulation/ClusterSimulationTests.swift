import Kubernetes
import Testing

struct ClusterSimulationTests {
    @Test(
        "over a day of preemptions no pods are doubled, none stay, and hardly too many come",
        arguments: [1, 2] as [UInt64])
    func day(seed: UInt64) {
        var scenario = SimulationScenario()
        scenario.seed = seed
        var simulation = ClusterSimulation(scenario, policy: .simulated)
        let result = simulation.run()
        #expect(result.completed == scenario.streams.reduce(0) { $0 + $1.jobs }, "all work is done")
        #expect(result.preempted > 1000)
        #expect(result.samples.contains { $0.pods == 1000 })
        #expect(result.refused > 0, "decisions were repeated")
        #expect(result.doubled == 0)
        #expect(result.emptying.count >= 2)
        for seconds in result.emptying { #expect(seconds <= scenario.idleLimit + scenario.round) }
        for overshoot in result.overshoots { #expect(overshoot < 0.1) }
        #expect(result.turns <= 10)
    }
}
