internal import MapDrawing
internal import Simulation

/// Workers and queues over time, a row of panels for each course.
struct SimulationPlot {
    let title: String
    let courses: [SimulatedCourse]

    private static let workers: [(Gauges.Quantity, String)] = [(.busy, "busy workers"), (.present, "workers")]
    private static let queues: [(Gauges.Quantity, String)] = [
        (.main, "main"), (.proposals, "main_sql"), (.results, "complete_sql"), (.explore, "explore"),
    ]

    var chart: LineChart {
        LineChart(
            title: title, names: (Self.workers + Self.queues).map(\.1),
            panels: courses.flatMap { course in
                let workers = "\(course.settings.workers) workers"
                return [
                    panel(workers, Self.workers, of: course, number: 0),
                    panel("queues with \(workers)", Self.queues, of: course, number: Self.workers.count),
                ]
            }, columns: 2, panelSize: MapSize(width: 480, height: 300))
    }

    private func panel(
        _ title: String, _ quantities: [(Gauges.Quantity, String)], of course: SimulatedCourse, number: Int
    ) -> LineChart.Panel {
        let (unit, name) = Self.unit(for: course.result.wallTime)
        return LineChart.Panel(
            title: title, x: LineAxis(label: name, kind: .linear),
            y: LineAxis(label: number == 0 ? "workers" : "jobs", kind: .linear),
            lines: quantities.enumerated().map { index, quantity in
                LineChart.Line(
                    name: number + index,
                    places: course.result.timeline.samples(of: quantity.0).map { ($0.time / unit, $0.level) })
            }.reversed())
    }

    private static func unit(for seconds: Double) -> (seconds: Double, name: String) {
        switch seconds {
        case ..<600: (1, "seconds")
        case ..<36_000: (60, "minutes")
        case ..<864_000: (3_600, "hours")
        default: (86_400, "days")
        }
    }
}
