import TestSupport
import Testing

@testable import ParameterSpace

@Suite("Neighbours")
struct NeighbourhoodTests {
    @Test("of the start of the survey around Earth are thirteen, on the grid of each axis")
    func earthStart() throws {
        let space = earth()
        let neighbours = Neighbourhood(shape: .sides, steps: 2).neighbours(of: try #require(space.start), in: space)
        #expect(
            neighbours.map(\.code) == [
                "0.19,0.7972982887,0.0123,1.63e-6,0.0004,8.13e-8", "0.2,0.7872982887,0.0123,1.63e-6,0.0004,8.13e-8",
                "0.22,0.7672982887,0.0123,1.63e-6,0.0004,8.13e-8", "0.23,0.7572982887,0.0123,1.63e-6,0.0004,8.13e-8",
                "0.21,0.7795982887,0.01,1.63e-6,0.0004,8.13e-8", "0.21,0.7695982887,0.02,1.63e-6,0.0004,8.13e-8",
                "0.21,0.7595982887,0.03,1.63e-6,0.0004,8.13e-8", "0.21,0.7722999187,0.0123,0.005,0.0004,8.13e-8",
                "0.21,0.7672999187,0.0123,0.01,0.0004,8.13e-8", "0.21,0.7676982887,0.0123,1.63e-6,0.01,8.13e-8",
                "0.21,0.7576982887,0.0123,1.63e-6,0.02,8.13e-8", "0.21,0.77229837,0.0123,1.63e-6,0.0004,0.005",
                "0.21,0.76729837,0.0123,1.63e-6,0.0004,0.01",
            ])
    }

    @Test("that would leave less than nothing for the filler are no points")
    func negativeFiller() throws {
        let space = earth()
        let point = try space.point(code: "0.98,0.01,0.01,0,0,0")
        let codes = Neighbourhood(shape: .sides, steps: 2).neighbours(of: point, in: space).map(\.code)
        #expect(codes.contains("0.99,0,0.01,0,0,0"))
        #expect(!codes.contains { $0.hasPrefix("1,") })
    }

    /// The rule said again in another way: all grid values by counting up from the lowest, and of all combinations
    /// those that differ from the point in at most so many steps on each axis, and on one axis only for sides.
    @Test("agree with an independent statement of the rule on random axes", arguments: Neighbourhood.Shape.allCases)
    func independentRule(shape: Neighbourhood.Shape) {
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<60 {
            let steps = Int.random(in: 1...3, using: &generator)
            let grids = (0..<3).map { _ in Int.random(in: 1...40, using: &generator) }
            let spacing = grids.map { ExactDecimal(scaled: Int128($0) * ExactDecimal.unit / 100) }
            let space = Space(
                parameters: spacing.enumerated().map { index, step in
                    let axis = Axis(step: step, range: .zero ... .one)
                    return Parameter(
                        name: "p\(index)", kind: .mixingRatio, role: .axis(axis), start: .zero, unit: "",
                        description: "")
                })
            let counts = grids.map { 100 / $0 }
            let place = counts.map { Int.random(in: 0...min($0, 2), using: &generator) }
            func point(_ place: [Int]) -> Point? {
                space.point(settled: zip(place, spacing).map { ExactDecimal(scaled: Int128($0) * $1.scaled) })
            }
            guard let centre = point(place) else { continue }

            var expected: Set<Point> = []
            for a in 0...counts[0] {
                for b in 0...counts[1] {
                    for c in 0...counts[2] {
                        let distances = zip([a, b, c], place).map { abs($0 - $1) }
                        let moved = distances.filter { $0 > 0 }.count
                        guard moved > 0, shape == .diagonals || moved == 1, distances.max()! <= steps else { continue }
                        if let neighbour = point([a, b, c]) { expected.insert(neighbour) }
                    }
                }
            }
            let found = Neighbourhood(shape: shape, steps: steps).neighbours(of: centre, in: space)
            #expect(Set(found) == expected)
            #expect(found.count == expected.count, "none twice")
            #expect(found.count <= Neighbourhood(shape: shape, steps: steps).largestCount(axes: 3))
        }
    }
}
