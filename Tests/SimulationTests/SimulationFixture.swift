import ParameterSpace

@testable import Simulation

/// A cube of integers with a stable ball in it.
struct BallFixture {
    let space: Space
    let oracle: Ellipsoid

    init(_ size: Int, dimensions: Int, radius: Double) {
        let range = ExactDecimal.zero...ExactDecimal("\(size - 1)")!
        space = Space(
            parameters: (0..<dimensions).map {
                Parameter(
                    name: "x\($0)", kind: .scalar, role: .axis(Axis(step: .one, range: range)),
                    start: ExactDecimal("\(size / 2)")!, unit: "1", description: "")
            })
        oracle = Ellipsoid(
            (0..<dimensions).map { .init(parameter: $0, centre: Double(size / 2) + 0.2, radius: radius) })
    }

    static let flood = Strategy.flood(Flood(Neighbourhood(shape: .sides, steps: 1)))

    /// The verdicts of the search alone, without a ring.
    func replayed(_ strategy: Strategy) -> [Point: Bool] {
        var oracle = oracle
        var replay = SearchReplay(strategy.search(in: space)!, start: space.start!) { oracle.judge($0) }
        var generator = SystemRandomNumberGenerator()
        replay.run(generator: &generator)
        return replay.verdicts
    }

    func simulation(_ settings: SimulationSettings) -> RingSimulation { simulation(Self.flood, settings) }

    func simulation(_ strategy: Strategy, _ settings: SimulationSettings) -> RingSimulation {
        RingSimulation(strategy, in: space, settings: settings, oracle: oracle)!
    }
}

extension RingSimulation {
    /// The verdicts in the ledger.
    var verdicts: [Point: Bool] {
        Dictionary(
            uniqueKeysWithValues: flags.indices.filter { flags[$0].isRecorded }.map {
                (points.point(PointTable.Number($0)), flags[$0].isStable)
            })
    }
}

extension SimulationSettings {
    /// Settings in which only the runs take time.
    static func idealized(workers: Int, runTime: TimeDistribution) -> SimulationSettings {
        var settings = SimulationSettings(workers: workers, runTime: runTime)
        settings.overhead = 0
        settings.costs.transaction = 0
        settings.costs.message = 0
        settings.costs.expansion = 0
        settings.costs.proposal = 0
        return settings
    }
}
