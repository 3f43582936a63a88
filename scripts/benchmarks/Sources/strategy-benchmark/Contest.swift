internal import ParameterSpace

/// The course of one strategy over one region.
struct Course: Sendable {
    let strategy: String
    /// The share of the edge found within one step, after so many runs; ascending.
    let found: [(runs: Int, share: Double)]
    let runs: Int
    /// The share of the edge that is found exactly in the end.
    let exactly: Double
    let edgeCount: Int

    /// How many runs it took to find a share of the edge; nil where it never did.
    func runs(until share: Double) -> Int? {
        found.first { $0.share >= share }?.runs
    }

    var share: Double { found.last?.share ?? 0 }
}

/// Lets every strategy run over a region.
struct Contest {
    let region: SyntheticRegion

    private static let seed: UInt64 = 20_260_101

    /// In the order of ``courses()``.
    static let names = [
        "flood", "frontier", "frontier, every step", "adaptive", "grid", "sobol", "latin-hypercube",
    ]

    func courses() -> [Course] {
        let steps = [Int](repeating: 1, count: region.dimensions)
        let flood = course(Self.names[0], .flood(Flood(Neighbourhood(shape: .sides, steps: 1))), limit: .max)
        let others: [Strategy] = [
            .frontier(Frontier(resolution: steps)), .frontier(Frontier(resolution: steps, spacing: 1)),
            .adaptive(Adaptive(resolution: steps)), .sequence(.grid(every: steps)),
            .sequence(.sobol(points: 4 * flood.runs, scrambling: .owen, seed: Self.seed)),
            .sequence(.latinHypercube(points: 4 * flood.runs, seed: Self.seed)),
        ]
        return [flood]
            + zip(Self.names.dropFirst(), others).map { name, strategy in
                switch strategy {
                case .sequence: course(name, strategy, limit: flood.runs)
                // It looks at all finished points for every batch, and the last few places cost it most.
                case .adaptive: course(name, strategy, limit: flood.runs / 4)
                case .flood, .frontier: course(name, strategy, limit: .max)
                }
            }
    }

    private func course(_ name: String, _ strategy: Strategy, limit: Int) -> Course {
        let space = region.space
        guard let search = strategy.search(in: space), let start = space.start else {
            preconditionFailure("the synthetic regions suit every strategy")
        }
        var meter = EdgeMeter(region)
        var found: [(runs: Int, share: Double)] = []
        var runs = 0
        var rehearsal = Rehearsal(search, start: start, oracle: region.judge)
        var generator = SystemRandomNumberGenerator()
        rehearsal.run(upTo: limit, generator: &generator) { point in
            let before = meter.found
            meter.note(point.point.values.map { Int($0.doubleValue) }, isStable: point.isStable)
            runs += 1
            if meter.found > before { found.append((runs, Double(meter.found) / Double(meter.edgeCount))) }
        }
        return Course(
            strategy: name, found: found, runs: runs,
            exactly: Double(meter.foundExactly) / Double(meter.edgeCount), edgeCount: meter.edgeCount)
    }
}
