import Testing

@testable import ParameterSpace

@Suite("Sequences")
struct SequenceTests {
    /// The first points are published. Points 1000 and 4095 of every thirteenth dimension follow from Joe and Kuo's
    /// direction numbers (computed with scipy.stats.qmc.Sobol 1.17, which has their table), in units of 2⁻³².
    @Test("of Sobol without scrambling have the published points")
    func unscrambledSobol_hasPublishedPoints() {
        let sobol = SobolSequence(dimensions: 40, scrambling: .none)
        func point(_ number: UInt32) -> [UInt32] {
            let point = sobol.point(number)
            return [0, 13, 26, 39].map { point[$0] }
        }
        #expect(sobol.point(0) == [UInt32](repeating: 0, count: 40))
        #expect(sobol.point(1) == [UInt32](repeating: 1 << 31, count: 40))
        #expect(
            sobol.point(5).prefix(8).map { Double($0) / 0x1p32 } == [
                0.875, 0.875, 0.125, 0.375, 0.875, 0.625, 0.875, 0.375,
            ])
        #expect(point(2) == [3_221_225_472, 1_073_741_824, 1_073_741_824, 1_073_741_824])
        #expect(point(1000) == [943_718_400, 1_648_361_472, 171_966_464, 2_059_403_264])
        #expect(point(4095) == [1_048_576, 2_232_418_304, 1_626_341_376, 976_224_256])
    }

    @Test(
        "of Sobol have one point in every 1/256 of each axis for every scrambling",
        arguments: SobolSequence.Scrambling.allCases)
    func sobol_isStratified(scrambling: SobolSequence.Scrambling) {
        let sobol = SobolSequence(dimensions: 40, scrambling: scrambling, seed: 7)
        let points = (0..<256).map { sobol.point($0) }
        for dimension in 0..<40 {
            #expect(Set(points.map { $0[dimension] >> 24 }).count == 256)
        }
        // The first two dimensions are a net: 16 × 16 boxes with one point each.
        #expect(Set(points.map { ($0[0] >> 28) * 16 + ($0[1] >> 28) }).count == 256)
        let other = SobolSequence(dimensions: 40, scrambling: scrambling, seed: 8)
        #expect((other.point(3) == sobol.point(3)) == (scrambling == .none))
    }

    @Test("of a Latin hypercube have one point in every n-th of each axis, for any n")
    func latinHypercube_isStratified() throws {
        for count in [2, 7, 100, 257] {
            let space = cube(count, start: [0, 0, 0])
            let plan = Strategy.sequence(.latinHypercube(points: count, seed: 3))
            guard case .sequence(let sequence) = plan.search(in: space) else { throw Missing() }
            let places = (0..<count).compactMap { sequence.point(at: $0)?.place }
            for axis in 0..<3 { #expect(Set(places.map { $0[axis] }) == Set(0..<count)) }
        }
    }

    @Test("of a grid have every combination once, with a stride for each axis")
    func grid_hasEveryCombinationOnce() throws {
        let space = cube(5, start: [2, 2], constraints: ["x1 != x2"])
        guard case .sequence(let all) = Strategy.sequence(.grid(stride: [1, 2])).search(in: space) else {
            throw Missing()
        }
        #expect(all.count == 15)
        let places = (0..<15).compactMap { all.point(at: $0)?.place }
        #expect(places.count == 12)
        #expect(Set(places) == Set((0..<5).flatMap { x in [0, 2, 4].filter { $0 != x }.map { [x, $0] } }))
    }

    @Test("give the same point for the same index in any order of calls")
    func sameIndex_givesTheSamePoint() throws {
        let space = earth()
        for plan in [
            SequencePlan.sobol(points: 50, scrambling: .owen, seed: 1), .latinHypercube(points: 50, seed: 1),
            .grid(stride: [20, 20, 50, 20, 50]),
        ] {
            guard case .sequence(let one) = Strategy.sequence(plan).search(in: space),
                case .sequence(let other) = Strategy.sequence(plan).search(in: space)
            else { throw Missing() }
            let forwards = (0..<50).map { one.point(at: $0) }
            #expect((0..<50).reversed().map { other.point(at: $0) } == forwards.reversed())
            for point in forwards.compactMap({ $0 }) {
                #expect(try space.point(code: point.code) == point)
            }
        }
    }

    @Test("with too many points or axes are rejected")
    func oversizedPlan_isRejected() {
        #expect(
            Strategy.sequence(.grid(stride: [1, 1, 1, 1, 1])).search(in: cube(1000, start: [0, 0, 0, 0, 0])) == nil)
        let wide = cube(2, start: [Int](repeating: 0, count: 41))
        #expect(Strategy.sequence(.sobol(points: 1, scrambling: .none, seed: 0)).search(in: wide) == nil)
    }

    @Test("from a list are read from columns in any order, with line-numbered errors")
    func pointList_isReadOrRejectedByLine() throws {
        let space = earth()
        let list = try PointList(csv: "# mine\nCO2, O2\n\n0.01,0.2\n 4.0e-4 ,\"0.21\"\r\n", in: space)
        #expect(
            list.points.map(\.code) == ["0.2,0.7776982887,0.0123,1.63e-6,0.01,8.13e-8", try #require(space.start).code])
        let bad = "CO2,O2\n0.1\n2,0\nx,0\n0.9,0.9\n0.1,0.2\n"
        let error = #expect(throws: PointListError.self) { try PointList(csv: bad, in: space) }
        let lines = try #require(error).lines
        try #require(lines.map(\.number) == [2, 3, 4, 5])
        #expect(lines[0].message == "there are 1 values for 2 columns")
        #expect(lines[2].message.hasPrefix("CO2: 'x' is not a decimal number"))
        #expect(lines[3].message.contains("exceeds 1"))
        #expect { try PointList(csv: "CO2,CH3\n", in: space) } throws: {
            "\($0)" == "1: there is no parameter 'CH3'; did you mean 'CH4'?"
        }
        #expect(throws: PointListError.self) { try PointList(csv: "", in: space) }
        #expect { try PointList(csv: "x1\n7\n9\n", in: cube(10, start: [0], constraints: ["x1 < 8"])) } throws: {
            "\($0)" == "3: the point violates the constraint 'x1 < 8'"
        }
    }

    private struct Missing: Error {}
}
