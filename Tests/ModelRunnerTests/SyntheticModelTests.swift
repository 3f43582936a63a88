import Support
import SystemPackage
import Testing

@testable import ModelRunner

@Suite("The synthetic model")
struct SyntheticModelTests {
    private static let region = [
        SyntheticModel.Extent(name: "CO2", centre: 0.5, radius: 0.25),
        SyntheticModel.Extent(name: "CH4", centre: 0, radius: 0.125),
    ]

    private func run(_ values: [(String, String)]) async throws -> ModelResult {
        let model = try SyntheticModel(region: Self.region)
        let input = ModelInput(hash: "", code: "", values: values.map { NamedValue(name: $0, value: $1) })
        return try await model.run(input, limits: RunLimits(), parent: nil, directory: "/nowhere")
    }

    @Test("a point inside the ellipsoid or on it is stable")
    func pointInside_isStable() async throws {
        let centre = try await run([("O2", "0.2"), ("CO2", "0.5"), ("CH4", "0")])
        #expect(centre.verdict == .stable)
        #expect(centre.outputs == ["distance": 0])
        let edge = try await run([("CO2", "0.75"), ("CH4", "0.0")])
        #expect(edge.verdict == .stable)
        #expect(edge.outputs == ["distance": 1])
    }

    @Test("a point outside is unstable")
    func pointOutside_isUnstable() async throws {
        let result = try await run([("CO2", "0.5"), ("CH4", "0.25")])
        #expect(result.verdict == .unstable)
        #expect(result.outputs == ["distance": 2])
    }

    @Test("a point without a number for a parameter of the region is refused")
    func incompletePoint_isRefused() async throws {
        await #expect(throws: ModelFailure.self) { try await run([("CO2", "0.5")]) }
        await #expect(throws: ModelFailure.self) { try await run([("CO2", "0.5"), ("CH4", "nan")]) }
    }

    @Test(
        "an invalid region is refused",
        arguments: [
            [], [("CO2", 0.0, 0.0)], [("CO2", 0, -1)], [("CO2", 0, .nan)], [("CO2", .infinity, 1)],
            [("CO2", 0, 1), ("CO2", 0, 1)],
        ])
    func invalidRegion_isRefused(extents: [(String, Double, Double)]) {
        #expect(throws: ModelFailure.self) {
            try SyntheticModel(region: extents.map { SyntheticModel.Extent(name: $0, centre: $1, radius: $2) })
        }
    }

    @Test("another region has another version")
    func region_determinesVersion() throws {
        let other = [SyntheticModel.Extent(name: "CO2", centre: 0.5, radius: 0.26)]
        #expect(try SyntheticModel(region: other).version != SyntheticModel(region: [Self.region[0]]).version)
    }
}
