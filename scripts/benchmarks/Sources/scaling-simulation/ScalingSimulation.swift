internal import ArgumentParser
internal import MapDrawing
internal import ScalingSimulation

@main
struct ScalingSimulation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scaling-simulation",
        abstract: "Simulates a day of 1,000 spot machines with the scaler's own decisions, and draws it.",
        discussion: "Writes scaling.svg and scaling.png, and prints the figures that the tests hold it to.")

    @Option(help: "The folder for the pictures.")
    var output = "."

    @Option(help: "Which day: the same number is the same day.")
    var seed: UInt64 = 1

    @Flag(help: "Let the scaler estimate how long runs take instead of asking a ledger.")
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
            decisions            \(result.decisions), \(result.added) pods; \(result.withdrawn) taken back unused
            repeated, refused    \(result.refused)
            pods doubled         \(result.doubled)
            seconds to none      \(result.emptying.map(String.init).joined(separator: ", "))
            overshoot            \(result.overshoots.map(Self.percent).joined(separator: ", "))
            turns                \(result.turns)
            pods' time at work   \(Self.percent(result.efficiency))
            """)
    }

    private func draw(_ result: SimulationResult) throws {
        func line(_ name: Int, _ value: (SimulationResult.Sample) -> Int) -> LineChart.Line {
            LineChart.Line(name: name, places: result.samples.map { (Double($0.time) / 3600, Double(value($0))) })
        }
        func panel(_ title: String, _ label: String, _ lines: [LineChart.Line]) -> LineChart.Panel {
            LineChart.Panel(
                title: title, x: LineAxis(label: "hours", kind: .linear), y: LineAxis(label: label, kind: .linear),
                lines: lines)
        }
        let chart = LineChart(
            title: "A day of 1,000 spot machines", names: ["pods", "pods at work", "pods needed", "jobs not done"],
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
