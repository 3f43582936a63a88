import TestSupport
import Testing

@testable import ParameterSpace

@Suite("Coverage")
struct CoverageTests {
    private func flooded(_ radius: Double, observe: (Int, Int) -> Void = { _, _ in }) throws -> Rehearsal {
        let space = cube(48, start: [24, 24])
        let flood = Strategy.flood(Flood(Neighbourhood(shape: .sides, steps: 1)))
        var rehearsal = Rehearsal(
            try #require(flood.search(in: space)), start: try #require(space.start), oracle: ball([24.2, 23.7], radius))
        var generator = SeededGenerator(seed: 0)
        var before = 1
        while rehearsal.outstanding > 0 {
            rehearsal.run(upTo: rehearsal.finished.count + 1, generator: &generator)
            observe(rehearsal.outstanding - before + 1, rehearsal.outstanding)
            before = rehearsal.outstanding
        }
        return rehearsal
    }

    @Test("counts every facet of a whole region's edge, in any order and in batches")
    func facets() throws {
        let rehearsal = try flooded(9.4)
        let space = cube(48, start: [24, 24])
        var expected = 0
        for (point, isStable) in rehearsal.verdicts where isStable {
            for move in [[1, 0], [-1, 0], [0, 1], [0, -1]] {
                let code = zip(point.place, move).map { "\($0 + $1)" }.joined(separator: ",")
                if rehearsal.verdicts[try space.point(code: code)] == false { expected += 1 }
            }
        }
        var tally = try #require(EdgeTally(space))
        for batch in [rehearsal.finished.prefix(100), rehearsal.finished.dropFirst(100)] {
            var part = try #require(EdgeTally(space))
            for point in batch.reversed() {
                var known: [Point: Bool] = [:]
                for question in part.questions(about: point) { known[question] = rehearsal.verdicts[question] }
                part.note(point, knowing: known)
            }
            tally.add(part)
        }
        let coverage = Coverage(edge: tally, remaining: RemainingRuns(exactly: 0))
        #expect(coverage.edgeLength == expected)
        #expect(tally.stable + tally.unstable == rehearsal.finished.count)
        #expect(tally.open == 0)
        #expect(coverage.settled == 1)
        #expect(coverage.sharpness(onAxis: 0, within: 1) == 1)
        #expect(tally.edgePoints > 0 && tally.edgePoints < expected)
    }

    @Test("tells how sharply an edge is known, and where nothing is known")
    func sharpness() throws {
        let space = cube(20, start: [8])
        var tally = try #require(EdgeTally(space))
        let stable = FinishedPoint(point: try space.point(code: "8"), isStable: true)
        tally.note(stable, knowing: [try space.point(code: "12"): false])
        #expect(tally.sides == [EdgeTally.Side(axis: 0, gap: 4): 1])
        #expect(tally.open == 1)
        let coverage = Coverage(edge: tally, remaining: RemainingRuns(exactly: 3))
        #expect(coverage.sharpness(onAxis: 0, within: 2) == 0)
        #expect(coverage.sharpness(onAxis: 0, within: 4) == 1)
        #expect(coverage.settled == 0.25)
    }

    @Test("estimates the runs that remain with bounds that hold once the front shrinks, and none while it grows")
    func remaining() throws {
        var offspring: [Int] = []
        var outstanding: [Int] = []
        let rehearsal = try flooded(20) { new, waiting in
            offspring.append(new)
            outstanding.append(waiting)
        }
        let total = rehearsal.finished.count
        func estimate(after done: Int) -> RemainingRuns {
            RemainingRuns(outstanding: outstanding[done - 1], offspring: offspring[max(0, done - 100)..<done])
        }
        #expect(estimate(after: 50).upper == nil)
        #expect(estimate(after: total).estimate == 0)
        var held = 0
        let late = (total * 19 / 20)..<total
        for done in late {
            let guess = estimate(after: done)
            let truth = Double(total - done)
            #expect(guess.lower <= truth)
            if guess.upper.map({ truth <= $0 }) ?? true { held += 1 }
        }
        #expect(Double(held) > 0.95 * Double(late.count))
    }
}
