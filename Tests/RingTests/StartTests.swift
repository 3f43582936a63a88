import ParameterSpace
import Testing

@testable import ExplorationFile

@Suite("The start of an exploration")
struct StartTests {
    /// What the flood comes to from several points, by the rule itself.
    private func flooded(_ ring: RingInProcess) -> [String: String] {
        var verdicts: [String: String] = [:]
        for start in ring.definition.starts {
            verdicts.merge(ring.replayed(from: start)) { $1 }
        }
        return verdicts
    }

    @Test("may be several points, which find regions that hang together with neither")
    func severalStarts() async throws {
        let ring = try await RingInProcess(
            strategy: "{kind: flood}", reach: 5, more: "starts: [{x: -20, y: 3}, {x: 0}, {y: -30}]")
        #expect(ring.definition.starts.map(\.code) == ["0,0", "-20,3", "0,-30"])
        try await ring.run()
        let found = try await ring.verdicts()
        #expect(found == flooded(ring))
        #expect(found["-20,3"] == "unstable")
    }

    @Test(
        "is refused where it is no point, or none that the strategy goes on from",
        arguments: [
            ("{kind: flood}", "[{x: 500}]", "is outside its axis"),
            ("{kind: flood}", "[{x: 30}]", "does not meet the constraint 'x + y < 9'"),
            ("{kind: flood}", "[{z: 30}]", "has no key 'z'"),
            ("{kind: frontier, coarse: 4}", "[{x: -6}]", "a whole number of the strategy's largest steps, 4"),
            ("{kind: grid}", "[{x: -6}]", "'starts' cannot be combined with a plan"),
        ])
    func refused(strategy: String, starts: String, message: String) async throws {
        let error = await #expect(throws: DefinitionError.self) {
            _ = try await RingInProcess(strategy: strategy, more: "starts: \(starts)")
        }
        #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
    }

    @Test("expands the points that are known already where that is asked for, as after its axes were widened")
    func reexplored() async throws {
        let narrow = try await RingInProcess(strategy: "{kind: flood}", steps: 4)
        try await narrow.run()
        let few = try await narrow.verdicts().count
        let wide = try await narrow.changed(strategy: "{kind: flood}")
        try await wide.run()
        #expect(try await wide.verdicts().count == few)
        let again = try await narrow.changed(strategy: "{kind: flood, reexplore: true}")
        try await again.run(.init(workers: 2, masters: 2))
        #expect(try await again.verdicts() == again.replayed())
    }
}
