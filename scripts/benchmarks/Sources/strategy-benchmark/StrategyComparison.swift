internal import ParameterSpace
internal import Simulation

/// The result of one strategy on one region.
struct BenchmarkRun: Sendable {
    let strategy: String
    /// The fraction of the edge found within one step, by the number of runs; ascending.
    let found: [(runs: Int, share: Double)]
    let runs: Int
    /// The fraction of the edge found exactly.
    let exactly: Double
    let edgeCount: Int

    /// The number of runs until a fraction of the edge was found; `nil` if it was not.
    func runs(until share: Double) -> Int? {
        found.first { $0.share >= share }?.runs
    }

    var share: Double { found.last?.share ?? 0 }
}

/// Runs every strategy on a region.
struct StrategyComparison {
    let region: SyntheticRegion

    private static let seed: UInt64 = 20_260_101

    /// In the order of ``runs()``.
    static let names = [
        "flood", "frontier", "frontier, every step", "adaptive", "grid", "sobol", "latin-hypercube",
    ]

    func runs() -> [BenchmarkRun] {
        let steps = [Int](repeating: 1, count: region.dimensions)
        let flood = run(Self.names[0], .flood(Flood(Neighbourhood(shape: .sides, steps: 1))), limit: .max)
        let others: [Strategy] = [
            .frontier(Frontier(resolution: steps)), .frontier(Frontier(resolution: steps, traceStep: 1)),
            .adaptive(Adaptive(resolution: steps)), .sequence(.grid(stride: steps)),
            .sequence(.sobol(points: 4 * flood.runs, scrambling: .owen, seed: Self.seed)),
            .sequence(.latinHypercube(points: 4 * flood.runs, seed: Self.seed)),
        ]
        return [flood]
            + zip(Self.names.dropFirst(), others).map { name, strategy in
                switch strategy {
                case .sequence: run(name, strategy, limit: flood.runs)
                // An adaptive search considers all finished points for every batch, and the last few places are the
                // most expensive.
                case .adaptive: run(name, strategy, limit: flood.runs / 4)
                case .flood, .frontier: run(name, strategy, limit: .max)
                }
            }
    }

    private func run(_ name: String, _ strategy: Strategy, limit: Int) -> BenchmarkRun {
        let space = region.space
        guard let search = strategy.search(in: space), let start = space.start else {
            preconditionFailure("the synthetic regions suit every strategy")
        }
        var meter = EdgeMeter(region)
        var found: [(runs: Int, share: Double)] = []
        var runs = 0
        var replay = SearchReplay(search, start: start, oracle: region.judge)
        var generator = SystemRandomNumberGenerator()
        replay.run(upTo: limit, generator: &generator) { point in
            let before = meter.found
            meter.add(point.point.values.map { Int($0.doubleValue) }, isStable: point.isStable)
            runs += 1
            if meter.found > before { found.append((runs, Double(meter.found) / Double(meter.edgeCount))) }
        }
        return BenchmarkRun(
            strategy: name, found: found, runs: runs,
            exactly: Double(meter.foundExactly) / Double(meter.edgeCount), edgeCount: meter.edgeCount)
    }
}

/// A table of the strategies on one region, compared with flood.
struct ComparisonTable {
    let title: String
    /// Flood first.
    let runs: [BenchmarkRun]

    private static let shares = [0.5, 0.9, 0.99, 1]

    var text: String {
        let heads = ["runs, total", "found", "exactly", "50 %", "90 %", "99 %", "100 %", "99 % / flood"]
        var lines = ["\(title): \(runs[0].edgeCount) points on the edge", row("runs until", heads)]
        let reference = runs[0].runs(until: 0.99)
        for run in runs {
            let needed = Self.shares.map { run.runs(until: $0) }
            let ratio = needed[2].flatMap { own in reference.map { Double(own) / Double($0) } }
            let cells = ["\(run.runs)", percent(run.share), percent(run.exactly)]
            lines.append(
                row(run.strategy, cells + needed.map { $0.map(String.init) ?? "-" } + [ratio.map(percent) ?? "-"]))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        let first = "  " + name + String(repeating: " ", count: max(1, 22 - name.count))
        return first + cells.map { String(repeating: " ", count: max(1, 13 - $0.count)) + $0 }.joined()
    }

    private func percent(_ share: Double) -> String {
        // Rounded down, so that 100 % means all of it.
        "\(Double(Int(share * 1000)) / 10) %"
    }
}
