internal import ArgumentParser
internal import ExplorationFile
internal import MapDrawing
internal import SystemPackage

/// How a simulation is shown, and what it would cost.
struct SimulationReportOptions: ParsableArguments {
    @Option(help: "The cores of a worker.")
    var cores = 1.0

    @Option(help: "The price of a core-hour, in any currency.")
    var price: Double?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @Option(
        help: ArgumentHelp("Draw workers and queues over time: a .png or an .svg file.", valueName: "file"))
    var plot: String?

    init() {}

    func validate() throws {
        guard cores > 0, cores.isFinite else { throw ValidationError("--cores must be above 0") }
        guard price ?? 0 >= 0, price?.isFinite ?? true else { throw ValidationError("--price must not be negative") }
        if let plot, !["png", "svg"].contains(FilePath(plot).extension) {
            throw ValidationError("--plot '\(plot)' must end in .png or .svg")
        }
    }

    /// - Throws: what drawing and writing throw.
    func print(_ courses: [SimulatedCourse], of definition: ExplorationDefinition) throws {
        if json {
            Swift.print(try SimulationJSON(definition, courses).text())
        } else {
            Swift.print("\(definition.name): \(definition.title)\n")
            Swift.print(SimulationTable(courses: courses).text)
        }
        guard let plot else { return }
        let chart = SimulationPlot(title: "Predicted course of \(definition.name)", courses: courses).chart
        if plot.hasSuffix(".svg") { try chart.writeSVG(to: plot) } else { try chart.writePNG(to: plot) }
        if !json { Swift.print("plot: \(plot)") }
    }
}
