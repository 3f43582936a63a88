internal import ArgumentParser
internal import ExplorationFile
internal import MapDrawing
internal import Simulation
internal import Support
internal import SystemPackage
internal import TextTable

/// The output of a simulation, and the price of a worker.
struct SimulationReportOptions: ParsableArguments {
    @Option(help: "Count this many cores for each worker.")
    var cores = 1.0

    @Option(help: "Compute the cost with this price of a core-hour, in any currency.")
    var price: Double?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @Option(
        help: ArgumentHelp("Draw workers and queues over time to this .png or .svg file.", valueName: "file"))
    var plot: String?

    init() {}

    func validate() throws {
        guard cores > 0, cores.isFinite else { throw ValidationError("--cores must be above 0") }
        guard price ?? 0 >= 0, price?.isFinite ?? true else { throw ValidationError("--price must not be negative") }
        if let plot, !["png", "svg"].contains(FilePath(plot).extension) {
            throw ValidationError("--plot '\(plot)' must end in .png or .svg")
        }
    }

    /// Prints the simulations, and draws them if a plot was requested.
    func print(_ simulations: [SimulationRun], of definition: ExplorationDefinition) throws {
        if json {
            Swift.print(try SimulationJSON(definition, simulations).text())
        } else {
            Swift.print("\(definition.name): \(definition.title)\n")
            Swift.print(SimulationTable(simulations: simulations).text)
        }
        guard let plot else { return }
        let chart = SimulationPlot(title: "Simulation of \(definition.name)", simulations: simulations).chart
        if plot.hasSuffix(".svg") { try chart.writeSVG(to: plot) } else { try chart.writePNG(to: plot) }
        if !json { Swift.print("plot: \(plot)") }
    }
}

/// A simulated exploration and its cost.
struct SimulationRun {
    let settings: SimulationSettings
    let result: SimulationResult
    /// The number of cores of a worker.
    let cores: Double
    /// The price of a core-hour; `nil` if it is not known.
    let price: Double?

    func coreHours(_ seconds: Double) -> Double { seconds / 3_600 * cores }

    var cost: Double? { price.map { coreHours(result.spent.all) * $0 } }

    /// The share of the workers' time that was spent on runs.
    var utilization: Double {
        result.spent.all > 0 ? 1 - result.spent.idle / result.spent.all : 0
    }

    /// The share of the time in which the sql-clients were busy.
    var sqlClientLoad: Double { load(result.sqlClientTime, settings.sqlClients) }
    /// The share of the time in which the masters were busy.
    var masterLoad: Double { load(result.masterTime, settings.masters) }

    private func load(_ seconds: Double, _ count: Int) -> Double {
        result.wallTime > 0 ? seconds / result.wallTime / Double(count) : 0
    }

    /// Remarks on the result that the numbers do not show.
    var remarks: [String] {
        var remarks: [String] = []
        let counts = result.counts
        if let reason = result.end.reason { remarks.append("\(reason); \(counts.left) known points are left") }
        if counts.finished == 1, counts.stable == 0 {
            remarks.append("the start point is not stable, so nothing follows from it")
        }
        if counts.timedOut > 0 {
            remarks.append(
                "\(counts.timedOut) runs were ended at run.wall_time_seconds, \(Int(settings.wallTime ?? 0)) s")
        }
        if counts.givenUp > 0 { remarks.append("\(counts.givenUp) points were given up after their last attempt") }
        if result.unknownToOracle > 0 {
            remarks.append("\(result.unknownToOracle) points are not in the ledger and were treated as unstable")
        }
        if sqlClientLoad > 0.9 { remarks.append("the workers wait for sql-client; more --sql-clients would help") }
        if masterLoad > 0.9 { remarks.append("the workers wait for master; more --masters would help") }
        return remarks
    }
}

extension SimulationResult.End {
    /// The reason why no further run was started; `nil` if no points were left.
    fileprivate var reason: String? {
        switch self {
        case .finished, .stopped: nil
        case .limitReached: "the limit is reached"
        case .timeOver: "the wall time is over"
        case .coreTimeSpent: "the core-hours are used up"
        }
    }
}

/// Simulations side by side.
private struct SimulationTable {
    let simulations: [SimulationRun]

    private struct Row {
        let name: String
        let values: [String]
    }

    var text: String {
        let table = TextTable<Row> { row in
            [Column(title: "workers", value: row.name)]
                + simulations.indices.map {
                    Column(title: "\(simulations[$0].settings.workers)", value: row.values[$0], align: .right)
                }
        }
        let remarks = simulations.flatMap { simulation in
            simulation.remarks.map { simulations.count > 1 ? "\(simulation.settings.workers) workers: \($0)" : $0 }
        }
        return (table.string(for: rows, style: Style.psql) ?? "") + remarks.map { "\n\($0)" }.joined()
    }

    private var rows: [Row] {
        var rows = [
            row("wall time") { TimeSpan.text(seconds: $0.result.wallTime) },
            row("  half of the points done after") { TimeSpan.text(seconds: $0.result.time(untilFinished: 0.5)) },
            row("  99 % of the points done after") { TimeSpan.text(seconds: $0.result.time(untilFinished: 0.99)) },
            row("points run") { "\($0.result.counts.finished)" },
            row("  stable") { "\($0.result.counts.stable)" },
            row("runs started") { "\($0.result.counts.attempts)" },
            row("  ended in an error") { "\($0.result.counts.failed)" },
            row("  lost with their worker") { "\($0.result.counts.preempted)" },
            row("workers busy") { Self.percent($0.utilization) },
            row("core-hours") { Self.number($0.coreHours($0.result.spent.all)) },
            row("  in runs that gave a verdict") { Self.number($0.coreHours($0.result.spent.useful)) },
            row("  in runs that ended in an error") { Self.number($0.coreHours($0.result.spent.failed)) },
            row("  in runs that were lost") { Self.number($0.coreHours($0.result.spent.preempted)) },
            row("  around runs") { Self.number($0.coreHours($0.result.spent.overhead)) },
            row("  idle") { Self.number($0.coreHours($0.result.spent.idle)) },
        ]
        if simulations.contains(where: { $0.cost != nil }) {
            rows.append(row("cost") { $0.cost.map(Self.number) ?? "-" })
        }
        return rows + [
            row("waiting in main, mean") { Self.number($0.result.timeline.mean(.main)) },
            row("  maximum") { Self.number($0.result.timeline.peak(.main)) },
            row("waiting in main_sql, maximum") { Self.number($0.result.timeline.peak(.proposals)) },
            row("waiting in complete0/1_sql, maximum") { Self.number($0.result.timeline.peak(.results)) },
            row("waiting in explore, maximum") { Self.number($0.result.timeline.peak(.explore)) },
            row("sql-client busy") { Self.percent($0.sqlClientLoad) },
            row("master busy") { Self.percent($0.masterLoad) },
        ]
    }

    private func row(_ name: String, _ value: (SimulationRun) -> String) -> Row {
        Row(name: name, values: simulations.map(value))
    }

    /// The number with at least three digits: `0.0123`, `12.3`, `12345`.
    private static func number(_ value: Double) -> String {
        guard value > 0, value < 100 else { return "\(Int(value.rounded()))" }
        var unit = 1.0
        while value * unit < 100 { unit *= 10 }
        let rounded = (value * unit).rounded() / unit
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    private static func percent(_ share: Double) -> String { "\((share * 1_000).rounded() / 10) %" }
}
