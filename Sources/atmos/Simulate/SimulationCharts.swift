internal import ExplorationFile
internal import FoundationEssentials
internal import MapDrawing
internal import Simulation

/// Simulations as JSON. Times are in seconds.
struct SimulationJSON: Encodable {
    let exploration: String
    let simulations: [Run]

    struct Run: Encodable {
        let workers: Int
        let seed: UInt64
        let end: SimulationResult.End
        let wallTime: Double
        let points: RunCounts
        let halfDoneAfter: Double
        let ninetyNinePercentDoneAfter: Double
        let workerTime: WorkerTime
        let utilization: Double
        let coreHours: Double
        let cost: Double?
        let sqlClientLoad: Double
        let masterLoad: Double
        let queues: [String: Depth]
        /// Busy workers and the depth of `main` over time.
        let course: [Moment]
        let remarks: [String]
    }

    struct Depth: Encodable {
        let mean: Double
        let most: Double
    }

    struct Moment: Encodable {
        let time: Double
        let busyWorkers: Double
        let main: Double
        let finished: Double
    }

    init(_ definition: ExplorationDefinition, _ runs: [SimulationRun]) {
        exploration = definition.name
        simulations = runs.map { run in
            let timeline = run.result.timeline
            func depth(_ quantity: Gauges.Quantity) -> Depth {
                Depth(mean: timeline.mean(quantity), most: timeline.peak(quantity))
            }
            let moments = zip(
                timeline.samples(of: .busy), zip(timeline.samples(of: .main), timeline.samples(of: .finished)))
            return Run(
                workers: run.settings.workers, seed: run.settings.seed, end: run.result.end,
                wallTime: run.result.wallTime, points: run.result.counts,
                halfDoneAfter: run.result.time(untilFinished: 0.5),
                ninetyNinePercentDoneAfter: run.result.time(untilFinished: 0.99), workerTime: run.result.spent,
                utilization: run.utilization, coreHours: run.coreHours(run.result.spent.all),
                cost: run.cost,
                sqlClientLoad: run.sqlClientLoad, masterLoad: run.masterLoad,
                queues: [
                    "main": depth(.main), "main_sql": depth(.proposals), "complete_sql": depth(.results),
                    "explore": depth(.explore),
                ],
                course: moments.map { busy, queues in
                    Moment(
                        time: busy.time, busyWorkers: busy.level, main: queues.0.level, finished: queues.1.level)
                }, remarks: run.remarks)
        }
    }

    func text() throws -> String {
        try PrettyJSON.text(of: self, keys: .convertToSnakeCase)
    }
}

/// A chart of workers and queues over time, with a row of panels for each simulation.
struct SimulationPlot {
    let title: String
    let simulations: [SimulationRun]

    private static let workers: [(Gauges.Quantity, String)] = [(.busy, "busy workers"), (.present, "workers")]
    private static let queues: [(Gauges.Quantity, String)] = [
        (.main, "main"), (.proposals, "main_sql"), (.results, "complete_sql"), (.explore, "explore"),
    ]

    var chart: LineChart {
        LineChart(
            title: title, names: (Self.workers + Self.queues).map(\.1),
            panels: simulations.flatMap { simulation in
                let workers = "\(simulation.settings.workers) workers"
                return [
                    panel(workers, Self.workers, of: simulation, number: 0),
                    panel("queues with \(workers)", Self.queues, of: simulation, number: Self.workers.count),
                ]
            }, columns: 2, panelSize: MapSize(width: 480, height: 300))
    }

    private func panel(
        _ title: String, _ quantities: [(Gauges.Quantity, String)], of simulation: SimulationRun, number: Int
    ) -> LineChart.Panel {
        let (unit, name) = Self.unit(for: simulation.result.wallTime)
        return LineChart.Panel(
            title: title, x: LineAxis(label: name, kind: .linear),
            y: LineAxis(label: number == 0 ? "workers" : "jobs", kind: .linear),
            lines: quantities.enumerated().map { index, quantity in
                LineChart.Line(
                    name: number + index,
                    places: simulation.result.timeline.samples(of: quantity.0).map { ($0.time / unit, $0.level) })
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
