import Simulation
import Support
import TestSupport
import Testing

@testable import ParameterSpace

@Suite("Coverage", .onDedicatedThread)
struct CoverageTests {
    private func flooded(_ radius: Double) throws -> SearchReplay {
        let space = cube(48, start: [24, 24])
        let flood = Strategy.flood(Flood(Neighbourhood(shape: .sides, steps: 1)))
        var replay = SearchReplay(
            try #require(flood.search(in: space)), start: try #require(space.start), oracle: ball([24.2, 23.7], radius))
        var generator = SplitMix64(seed: 0)
        replay.run(generator: &generator)
        return replay
    }

    /// Scans along each axis, with the points in the order in which a ledger sends them.
    private func scans(of verdicts: [Point: Bool], in space: Space) throws -> [EdgeScan] {
        try space.axes.indices.map { axis in
            var scan = try #require(EdgeScan(space, axis: axis))
            let sorted = verdicts.sorted { left, right in
                scan.order.map { left.key.values[$0] }.lexicographicallyPrecedes(
                    scan.order.map { right.key.values[$0] })
            }
            for (point, isStable) in sorted { scan.add(point, isStable: isStable) }
            scan.end()
            return scan
        }
    }

    @Test("counts every facet of a complete region's edge")
    func completeEdge_countsEveryFacet() throws {
        let replay = try flooded(9.4)
        let space = cube(48, start: [24, 24])
        var expected = 0
        for (point, isStable) in replay.verdicts where isStable {
            for move in [[1, 0], [-1, 0], [0, 1], [0, -1]] {
                let code = zip(point.place, move).map { "\($0 + $1)" }.joined(separator: ",")
                if replay.verdicts[try space.point(code: code)] == false { expected += 1 }
            }
        }
        let stable = replay.verdicts.values.count(where: \.self)
        let coverage = Coverage(
            stable: stable, unstable: replay.verdicts.count - stable,
            edges: try scans(of: replay.verdicts, in: space), remaining: RemainingRuns(exactly: 0))
        #expect(coverage.edgeLength == expected)
        #expect(coverage.edgePlaces == expected)
        for edge in coverage.edges {
            #expect(edge.open == 0)
            #expect(edge.offGrid == 0)
            #expect(edge.sharpness(within: 1) == 1)
        }
        #expect(coverage.settled == 1)
    }

    @Test("measures the sharpness of an edge and counts open ends")
    func sharpness_countsStepsAcrossTheEdge() throws {
        let space = cube(20, start: [8])
        var verdicts = [try space.point(code: "8"): true, try space.point(code: "12"): false]
        let scan = try scans(of: verdicts, in: space)[0]
        #expect(scan.pairs == [4: 1])
        #expect(scan.open == 1, "below 8")
        #expect(scan.sharpness(within: 3) == 0)
        #expect(scan.sharpness(within: 4) == 1)
        let coverage = Coverage(stable: 1, unstable: 1, edges: [scan], remaining: RemainingRuns(exactly: 6))
        #expect(coverage.settled == 0.25)
        verdicts[try space.point(code: "0")] = true
        #expect(try scans(of: verdicts, in: space)[0].open == 0, "the axis ends there")
    }

    @Test("follows lines of the grid for a start off the grid and with a remainder")
    func lines_ignoreTheRemainder() throws {
        // From 0.0004 the values are 0.0004, 0.01, 0.02 …
        let space = earth()
        let codes = [
            ("0.21,0.7772982887,0.0123,1.63e-6,0.0004,8.13e-8", true),
            ("0.21,0.7676982887,0.0123,1.63e-6,0.01,8.13e-8", true),
            ("0.21,0.7476982887,0.0123,1.63e-6,0.03,8.13e-8", false),
            ("0.22,0.7676982887,0.0123,1.63e-6,0,8.13e-8", false),
        ]
        let verdicts = try Dictionary(uniqueKeysWithValues: codes.map { (try space.point(code: $0.0), $0.1) })
        let scans = try scans(of: verdicts, in: space)
        #expect(scans[3].pairs == [2: 1], "carbon dioxide is the fourth axis")
        #expect(scans[3].offGrid == 1, "zero is not on a mixing ratio's axis")
        #expect(scans[0].pairs.isEmpty)
    }

    private static let searches: [(strategy: Strategy, region: SyntheticRegion, from: Double)] = [
        (.flood(Flood(Neighbourhood(shape: .sides, steps: 1))), SyntheticRegion(.sphere, dimensions: 2, size: 80), 0.7),
        (.flood(Flood(Neighbourhood(shape: .sides, steps: 1))), SyntheticRegion(.sphere, dimensions: 3, size: 24), 0.6),
        (.flood(Flood(Neighbourhood(shape: .sides, steps: 1))), SyntheticRegion(.sphere, dimensions: 5, size: 9), 0.6),
        (.frontier(Frontier(resolution: [1, 1])), SyntheticRegion(.sphere, dimensions: 2, size: 160), 0.6),
        (
            .frontier(Frontier(resolution: [1, 1], initialStep: 4)), SyntheticRegion(.neck, dimensions: 2, size: 120),
            0.6
        ),
        (.frontier(Frontier(resolution: [1, 1, 1])), SyntheticRegion(.sphere, dimensions: 3, size: 40), 0.2),
        (
            .frontier(Frontier(resolution: [1, 1], interior: .fill)), SyntheticRegion(.sphere, dimensions: 2, size: 90),
            0.2
        ),
        (.adaptive(Adaptive(resolution: [1, 1])), SyntheticRegion(.sphere, dimensions: 2, size: 120), 0.7),
    ]

    @Test("estimates the remaining runs with bounds that hold nine times in ten")
    func estimatedBounds_holdNineTimesInTen() throws {
        var (held, all, factors) = (0, 0, [Double]())
        for (strategy, region, from) in Self.searches {
            let trace = try #require(EstimateTrace(strategy, in: region.space, oracle: region.judge))
            for share in [0.1, 0.25, 0.5, 0.6, 0.75, 0.85] {
                let reading = try #require(trace.reading(after: share))
                let (remaining, truth) = (reading.remaining, Double(reading.truth))
                guard let estimate = remaining.estimate, let upper = remaining.upper else {
                    #expect(share < from, "\(strategy) has no estimate at \(share)")
                    #expect(remaining.lower <= truth)
                    continue
                }
                all += 1
                if (remaining.lower...upper).contains(truth) { held += 1 }
                factors.append(estimate / truth)
            }
            #expect(try #require(trace.reading(after: 1)).truth == 0)
        }
        #expect(all >= 20)
        #expect(held * 10 >= all * 9, "\(held) of \(all)")
        factors.sort()
        #expect((0.7...1.4).contains(factors[factors.count / 2]), "\(factors)")
        #expect(factors.count { (0.4...2.5).contains($0) } * 10 >= factors.count * 9, "\(factors)")
    }

    @Test("has no remaining runs for a completed search")
    func completedSearch_hasNoRemainingRuns() {
        let remaining = RemainingRuns(
            of: .flood(Flood(Neighbourhood(shape: .sides, steps: 1))), dimensions: 3, outstanding: 0, finished: 900,
            front: SearchFront(finished: 900, outstanding: 0, windowSize: 4, arrivals: [1, 0, 0]), edge: nil)
        #expect(remaining == RemainingRuns(exactly: 0))
    }
}
