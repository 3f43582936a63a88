import Simulation
import Support
import TestSupport
import Testing

@testable import ParameterSpace

@Suite("A search", .onDedicatedThread)
struct SearchTests {
    private static let strategies: [Strategy] = [
        .flood(Flood(Neighbourhood(shape: .sides, steps: 2))),
        .frontier(Frontier(resolution: [1, 1, 1])),
        .frontier(Frontier(resolution: [1, 2, 1], initialStep: 4, traceStep: 1)),
        .frontier(Frontier(resolution: [1, 1, 1], initialStep: 16, traceStep: 4, interior: .fill)),
    ]

    private func run(
        _ strategy: Strategy, in space: Space, workers: Int = 1, seed: UInt64 = 0, stop: Int = .max,
        oracle: @escaping SearchReplay.Oracle
    ) throws -> SearchReplay {
        let search = try #require(strategy.search(in: space))
        var replay = SearchReplay(search, start: try #require(space.start), workers: workers, oracle: oracle)
        var generator = SplitMix64(seed: seed)
        replay.run(upTo: stop, generator: &generator)
        return replay
    }

    @Test("ends with the same points for any number of workers and any order of completion", arguments: strategies)
    func anyOrderOfCompletion_givesTheSamePoints(strategy: Strategy) throws {
        let space = cube(24, start: [11, 12, 10])
        let oracle = ball([11.3, 11.8, 10.6], 7.2)
        let once = try run(strategy, in: space, oracle: oracle).verdicts
        #expect(once.count > 100)
        for (workers, seed) in [(1, 1), (2, 2), (8, 3), (64, 4), (1000, 5)] as [(Int, UInt64)] {
            #expect(try run(strategy, in: space, workers: workers, seed: seed, oracle: oracle).verdicts == once)
        }
    }

    @Test("continues from finished points alone and ends with the same points", arguments: strategies)
    func restart_givesTheSamePoints(strategy: Strategy) throws {
        let space = cube(24, start: [11, 12, 10])
        let oracle = ball([11.3, 11.8, 10.6], 7.2)
        let once = try run(strategy, in: space, oracle: oracle).verdicts
        let half = try run(strategy, in: space, workers: 8, seed: 9, stop: once.count / 2, oracle: oracle).finished
        var again = SearchReplay(
            try #require(strategy.search(in: space)), start: try #require(space.start), oracle: oracle)
        again.resume(from: half.shuffled())
        var generator = SplitMix64(seed: 1)
        again.run(generator: &generator)
        #expect(again.verdicts == once)
    }

    @Test("along the frontier with a filled inside finds the same region as a flood")
    func filledFrontier_findsTheRegionOfFlood() throws {
        let space = cube(20, start: [9, 9, 9])
        let oracle = ball([9.3, 9.8, 9.6], 6.1)
        func stable(_ strategy: Strategy) throws -> Set<Point> {
            Set(try run(strategy, in: space, oracle: oracle).verdicts.filter(\.value).keys)
        }
        let flooded = try stable(.flood(Flood(Neighbourhood(shape: .sides, steps: 1))))
        #expect(try stable(.frontier(Frontier(resolution: [1, 1, 1], interior: .fill))) == flooded)
        #expect(try stable(.frontier(Frontier(resolution: [1, 1, 1]))).isSubset(of: flooded))
    }

    @Test("along the frontier fills the inside only after the edge is sharp", arguments: [1, 2])
    func filledFrontier_runsTheInsideLast(traceStep: Int) throws {
        let space = cube(40, start: [19, 20])
        let oracle = ball([19.3, 19.8], 14.1)
        let edge = try run(.frontier(Frontier(resolution: [1, 1], traceStep: traceStep)), in: space, oracle: oracle)
            .verdicts
        let filled = Strategy.frontier(Frontier(resolution: [1, 1], traceStep: traceStep, interior: .fill))
        for workers in [1, 16] {
            let all = try run(filled, in: space, workers: workers, seed: 3, oracle: oracle).finished
            #expect(Set(all.prefix(edge.count).map(\.point)) == Set(edge.keys))
            #expect(all.count > 2 * edge.count)
        }
    }

    @Test("along the frontier with a trace step of 1 finds each facet of a connected edge", arguments: [1, 2, 4, 8])
    func traceStepOne_findsEveryFacet(initialStep: Int) throws {
        let space = cube(24, start: [11, 12])
        let oracle = ball([11.3, 11.8], 7.2)
        let frontier = Frontier(resolution: [1, 1], initialStep: initialStep, traceStep: 1)
        let known = try run(.frontier(frontier), in: space, oracle: oracle).verdicts
        for x in 0..<23 {
            for y in 0..<24 {
                for (from, to) in [("\(x),\(y)", "\(x + 1),\(y)"), ("\(y),\(x)", "\(y),\(x + 1)")] {
                    let (from, to) = (try space.point(code: from), try space.point(code: to))
                    if oracle(from).isStable != oracle(to).isStable {
                        #expect(known[from] != nil)
                        #expect(known[to] != nil)
                    }
                }
            }
        }
    }

    @Test("along the frontier reaches the ends of axes and the limits of constraints")
    func frontier_reachesTheBounds() throws {
        let space = cube(23, start: [10, 10], constraints: ["x1 + x2 < 37"])
        let all = try run(.frontier(Frontier(resolution: [1, 1])), in: space) {
            FinishedPoint(point: $0, isStable: true)
        }
        for axis in 0..<2 {
            #expect(all.verdicts.keys.map { $0.place[axis] }.min() == 0)
            #expect(all.verdicts.keys.map { $0.place[axis] }.max() == 22)
        }
        #expect(all.verdicts.keys.allSatisfy { $0.place[0] + $0.place[1] < 37 })
    }

    @Test("along the frontier stays on the grid from a start off the grid")
    func frontier_staysOnTheGrid() throws {
        let space = earth()
        let search = try #require(
            Strategy.frontier(Frontier(resolution: [1, 1, 1, 1, 1])).search(in: space))
        var replay = SearchReplay(search, start: try #require(space.start)) { point in
            FinishedPoint(
                point: point, isStable: point.values[4] < ExactDecimal("0.3")! && point.values[0] < ExactDecimal("0.4")!
            )
        }
        var generator = SplitMix64(seed: 0)
        replay.run(upTo: 3000, generator: &generator)
        let start = try #require(space.start)
        for point in replay.verdicts.keys {
            for (index, axis) in space.axes {
                let value = point.values[index]
                #expect(value == start.values[index] || AxisGrid(axis)?.index(of: value) != nil)
            }
        }
    }

    @Test("by surrogate finds the edge of a ball with the same points every time")
    func adaptive_findsTheEdgeDeterministically() throws {
        let space = cube(64, start: [31, 31])
        let oracle = ball([31.3, 31.8], 25.2)
        let strategy = Strategy.adaptive(Adaptive(resolution: [1, 1]))
        let once = try run(strategy, in: space, oracle: oracle)
        #expect(once.finished.count < 500, "the region has 2000 points")
        let search = try #require(strategy.search(in: space))
        guard case .global(let global) = search else {
            Issue.record("an adaptive search is global")
            return
        }
        let some = Array(once.finished.prefix(150))
        let proposals = global.proposals(knowing: some, pending: [], atMost: 32)
        #expect(global.proposals(knowing: some.reversed(), pending: [], atMost: 32) == proposals)
        #expect(!proposals.isEmpty)
        #expect(Set(proposals.map(\.point)).isDisjoint(with: some.map(\.point)))
        let without = global.proposals(knowing: some, pending: proposals.prefix(2).map(\.point), atMost: 32)
        #expect(Set(without.map(\.point)).isDisjoint(with: proposals.prefix(2).map(\.point)))
        #expect(global.proposals(knowing: once.finished, pending: [], atMost: 32).isEmpty, "complete")
    }

    @Test("by surrogate finds the level set of an output")
    func adaptive_findsTheLevelOfAnOutput() throws {
        let space = cube(40, start: [19, 19])
        let strategy = Strategy.adaptive(Adaptive(resolution: [1, 1], target: .output(0, level: 5)))
        let known = try run(strategy, in: space, oracle: ball([19.3, 19.8], 17)).finished
        #expect(known.count < 300)
        let near = known.count { abs($0.outputs[0]! - 5) < 1.5 }
        #expect(near > 40, "the level set is a circle of radius 12")
    }
}
