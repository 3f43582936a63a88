internal import Foundation
internal import Testing

/// One run of the column model on a point, with what it left behind.
struct ColumnRun {
    /// `result.json`.
    struct Result: Decodable {
        let verdict: String
        let message: String
        let iterations: Int
        let outputs: [String: Double?]
    }

    let folder: TestFolder
    let result: Result

    /// Runs the model on `point`, the body of its namelist group.
    /// - Parameters:
    ///   - settings: the body of the group `settings`.
    ///   - chemistry: the body of the group `chemistry`.
    ///   - parent: the text of the parent's `column_state.dat`.
    /// - Throws: when the run fails or `result.json` is not what it should be.
    init(
        _ point: String, settings: String = "", chemistry: String = "", parent: String? = nil,
        build: ColumnModelProgram.Build = .optimised
    ) async throws {
        folder = try TestFolder()
        try folder.write("&point \(point) /\n", to: "point.nml")
        try folder.write("&settings \(settings) /\n&chemistry \(chemistry) /\n", to: "settings.nml")
        if let parent { try folder.write(parent, to: "parent/column_state.dat") }
        let outcome = try await ColumnModelProgram.built(build).run(in: folder)
        try #require(outcome.status == 0, "\(point): \(outcome.errors)")
        result = try JSONDecoder().decode(Result.self, from: folder.data("result.json"))
    }

    var isStable: Bool { result.verdict == "stable" }

    /// The output `name`, which must be there and not null.
    func output(_ name: String) throws -> Double {
        try #require(result.outputs[name] ?? nil, "\(name) of: \(result.message)")
    }

    /// What makes a later run a warm start.
    func state() throws -> String { try folder.text("column_state.dat") }
}

/// The climate alone.
let withoutChemistry = "photochemistry=.false."

/// The surface temperature (K) of a point that must be stable.
func surfaceTemperature(_ point: String, settings: String = "", chemistry: String = "") async throws -> Double {
    try await ColumnRun(point, settings: settings, chemistry: chemistry).output("surface_temperature")
}

/// The insolation at which the verdict on `point` changes between `low` and `high`, to 0.005.
func edge(of point: String, from low: Double, to high: Double) async throws -> Double {
    var (low, high) = (low, high)
    let below = try await ColumnRun("insolation=\(low) \(point)").isStable
    try #require(try await ColumnRun("insolation=\(high) \(point)").isStable != below)
    while high - low > 0.005 {
        let middle = (low + high) / 2
        if try await ColumnRun("insolation=\(middle) \(point)").isStable == below {
            low = middle
        } else {
            high = middle
        }
    }
    return (low + high) / 2
}
