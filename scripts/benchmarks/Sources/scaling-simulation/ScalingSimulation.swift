internal import ArgumentParser
internal import MapDrawing
internal import ScalingSimulation

@main
struct ScalingSimulation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scaling-simulation",
        abstract: "Simulate a day of 1,000 spot machines with the scaler's decisions, and draw it.",
        discussion: "Writes scaling.svg and scaling.png, and prints the numbers that the tests check.")

    @Option(help: "Write the pictures to this folder.")
    var output = "."

    @Option(help: "Simulate the day of this number: the same number gives the same day.")
    var seed: UInt64 = 1

    @Flag(help: "Let the scaler estimate run times instead of asking a ledger.")
    var withoutLedger = false

    func run() throws {
        var scenario = SimulationScenario()
        scenario.seed = seed
        scenario.hasLedger = !withoutLedger
        var simulation = ClusterSimulation(scenario, policy: .simulated)
        let result = simulation.run()
        try draw(result)
        print(
            """
            jobs done            \(result.completed)
            pods preempted       \(result.preempted)
            decisions            \(result.decisions), \(result.added) pods; \(result.removed) removed unused
            repeated, refused    \(result.refused)
            pods doubled         \(result.doubled)
            seconds to none      \(result.emptying.map(String.init).joined(separator: ", "))
            overshoot            \(result.overshoots.map(Self.percent).joined(separator: ", "))
            turns                \(result.turns)
            busy share of time   \(Self.percent(result.efficiency))
            """)
    }

    private func draw(_ result: ScalingSimulationResult) throws {
        func line(_ name: Int, _ value: (ScalingSimulationResult.Sample) -> Int) -> LineChart.Line {
            LineChart.Line(name: name, places: result.samples.map { (Double($0.time) / 3600, Double(value($0))) })
        }
        func panel(_ title: String, _ label: String, _ lines: [LineChart.Line]) -> LineChart.Panel {
            LineChart.Panel(
                title: title, x: LineAxis(label: "hours", kind: .linear), y: LineAxis(label: label, kind: .linear),
                lines: lines)
        }
        let chart = LineChart(
            title: "A day of 1,000 spot machines", names: ["pods", "busy pods", "pods needed", "unfinished jobs"],
            panels: [
                panel("Workers", "pods", [line(2, \.needed), line(0, \.pods), line(1, \.busy)]),
                panel("Work", "jobs", [line(3, \.work)]),
            ], columns: 1, panelSize: MapSize(width: 1000, height: 300))
        try chart.write(svg: "\(output)/scaling.svg", png: "\(output)/scaling.png")
    }

    private static func percent(_ share: Double) -> String {
        "\(Double(Int((share * 1000).rounded())) / 10) %"
    }
}
