internal import ArgumentParser
internal import Glibc
internal import MapDrawing
internal import ParameterSpace
internal import Simulation

/// Measures every strategy on three synthetic regions in 2, 3 and 5 dimensions.
@main
struct StrategyBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "strategy-benchmark",
        abstract: "Compare how many runs each strategy needs to find the edge of a region, as a table and a plot.",
        discussion: """
            The edge is all points of the full grid with a neighbour, one step along one axis, of the other verdict. \
            An edge point is found once two neighbours with different verdicts have been run, one of them at most one \
            step away from it on every axis. Plans, which ignore verdicts, get as many runs as flood needed; adaptive \
            gets a quarter of that.
            """)

    @Option(help: "The dimensions to measure.")
    var dimensions: [Int] = [2, 3, 5]

    @Option(name: .customLong("region"), help: "The regions to measure: sphere, shell, neck.")
    var shapes = SyntheticRegion.Shape.allCases

    @Option(help: "Folder for strategies.svg and strategies.png.")
    var output = "."

    @Flag(help: "Measure the estimates of the remaining runs instead.")
    var estimates = false

    func validate() throws {
        guard dimensions.allSatisfy([2, 3, 5].contains) else {
            throw ValidationError("the synthetic regions have 2, 3 or 5 dimensions")
        }
    }

    func run() throws {
        var panels: [LineChart.Panel] = []
        for dimensions in dimensions {
            for shape in shapes {
                if estimates {
                    print(EstimateTable(region: SyntheticRegion(shape, dimensions: dimensions)).text)
                    fflush(nil)
                    continue
                }
                let runs = StrategyComparison(region: SyntheticRegion(shape, dimensions: dimensions)).runs()
                let title = "\(shape.title), \(dimensions)-D"
                print(ComparisonTable(title: title, runs: runs).text)
                // Show each region at once, also to the reader of a pipe.
                fflush(nil)
                panels.append(
                    LineChart.Panel(
                        title: title, x: LineAxis(label: "runs", kind: .logarithmic),
                        y: LineAxis(label: "of the edge", kind: .share),
                        lines: runs.enumerated().map { LineChart.Line(name: $0, places: $1.drawn) }))
            }
        }
        if estimates { return }
        try LineChart(
            title: "Fraction of the edge known to within one step", names: StrategyComparison.names, panels: panels,
            columns: shapes.count
        ).write(svg: "\(output)/strategies.svg", png: "\(output)/strategies.png")
    }
}

extension BenchmarkRun {
    /// The points of a line, thinned out to those where the share or the count has visibly grown.
    fileprivate var drawn: [(x: Double, y: Double)] {
        var places: [(x: Double, y: Double)] = []
        for (runs, share) in found {
            if let last = places.last, share - last.y < 0.004, Double(runs) < 1.02 * last.x { continue }
            places.append((Double(runs), share))
        }
        return places + [(Double(runs), share)]
    }
}

extension SyntheticRegion.Shape: ExpressibleByArgument {}
