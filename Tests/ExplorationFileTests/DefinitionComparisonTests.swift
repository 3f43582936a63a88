import Testing

@testable import ExplorationFile

@Suite("A new version of a definition")
struct DefinitionComparisonTests {
    private static let text = """
        name: tiny
        parameters:
          - {name: x, kind: scalar, unit: km, start: 0, axis: {step: 2, minimum: -10, maximum: 10}}
          - {name: CO2, kind: mixing_ratio, start: 0.1, axis: {step: 0.1, minimum: 0, maximum: 0.5}}
          - {name: N2, kind: mixing_ratio, filler: {decimals: 12}}
          - {name: g, kind: scalar, unit: m/s2, start: 9.81}
        strategy: {kind: flood, neighbours: sides, steps: 1}
        model:
          adapter: command
          command: [./model.sh, --fast]
          outputs:
            - {name: temperature, unit: K}
        """

    private func comparison(replacing old: String, with new: String) throws -> DefinitionComparison {
        let changed = Self.text.replacing(old, with: new)
        #expect(changed != Self.text)
        let wanted = try DefinitionReader.read(text: changed, file: "tiny.yaml")
        return try #require(DefinitionComparison(registered: Self.text, wanted: wanted))
    }

    @Test(
        "is accepted if it only adds, and lists what it adds",
        arguments: [
            ("minimum: -10, maximum: 10", "minimum: -12, maximum: 20", "parameter x"),
            ("step: 2", "step: 1", "parameter x"),
            ("step: 0.1, minimum: 0, maximum: 0.5", "step: 0.05, minimum: 0, maximum: 0.6", "parameter CO2"),
            ("start: 0.1", "start: 0.2", "parameter CO2"),
            ("start: 9.81", "start: 9.81, axis: {step: 1, minimum: 1, maximum: 20}", "parameter g"),
            ("unit: K}", "unit: K}\n    - {name: pressure, unit: bar}", "output 2"),
            ("steps: 1", "steps: 2", "the search"),
        ])
    func compatibleChange_isAccepted(old: String, new: String, subject: String) throws {
        let comparison = try comparison(replacing: old, with: new)
        #expect(comparison.changes.map(\.subject) == [subject])
        try comparison.checkCompatibility()
    }

    @Test(
        "is refused if it conflicts, and the error shows both lines",
        arguments: [
            ("unit: km", "unit: m", "parameter x", ", in km", ", in m"),
            ("CO2, kind: mixing_ratio", "CO2, kind: scalar", "parameter CO2", "mixing_ratio 0.1", "scalar 0.1"),
            ("minimum: -10", "minimum: -8", "parameter x", "axis -10 10", "axis -8 10"),
            ("step: 2", "step: 3", "parameter x", "-10 10 2", "-10 10 3"),
            ("start: 9.81", "start: 3.7", "parameter g", "9.81 fixed", "3.7 fixed"),
            ("name: g,", "name: gravity,", "parameter g", "was: scalar 9.81", "now: nothing"),
            ("name: temperature", "name: t", "output 1", "temperature, in K", "t, in K"),
            ("--fast", "--slow", "the model", "--fast", "--slow"),
        ])
    func conflictingChange_isRefused(old: String, new: String, subject: String, was: String, now: String) throws {
        let comparison = try comparison(replacing: old, with: new)
        let error = #expect(throws: IncompatibleDefinition.self) { try comparison.checkCompatibility() }
        let text = try #require(error?.description)
        for part in ["'tiny'", subject, was, now] { #expect(text.contains(part), "\(text)") }
    }

    @Test("with other titles and comments has no changes")
    func titlesAndComments_areNoChange() throws {
        let comparison = try comparison(replacing: "name: tiny", with: "title: Another\nname: tiny # really")
        #expect(comparison.changes.isEmpty)
    }

    @Test("with the present names of keys in place of the former ones has no changes")
    func presentKeys_areNoChange() throws {
        let comparison = try comparison(
            replacing: "{name: N2, kind: mixing_ratio, filler:", with: "{name: N2, remainder:")
        #expect(comparison.changes.isEmpty)
        try comparison.checkCompatibility()
    }

    @Test("cannot be compared with a definition that is not readable")
    func unreadableDefinition_givesNoComparison() throws {
        let wanted = try DefinitionReader.read(text: Self.text, file: "tiny.yaml")
        #expect(DefinitionComparison(registered: "name: [", wanted: wanted) == nil)
    }
}
