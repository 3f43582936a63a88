internal import Foundation
internal import Subprocess
internal import SystemPackage
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

/// The column model as its users meet it: an executable that is run in a folder.
struct ColumnModelProgram: Sendable {
    /// Which of the two builds.
    enum Build: String, Sendable {
        case optimised = "all"
        /// With run-time checks and floating-point traps.
        case checked = "check"
    }

    /// What a run ended with.
    struct Outcome: Sendable {
        let status: Int32
        let log: String
        let errors: String
    }

    /// The executable's path.
    let path: String

    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let optimised = Task { try await make(.optimised, in: "column-model") }
    private static let checked = Task { try await make(.checked, in: "column-model/check") }

    /// The executable of `build`, made up to date first.
    static func built(_ build: Build) async throws -> ColumnModelProgram {
        switch build {
        case .optimised: try await optimised.value
        case .checked: try await checked.value
        }
    }

    private static func make(_ build: Build, in place: String) async throws -> ColumnModelProgram {
        let folder = try TestFolder()
        let products = root.appending(path: ".build")
        let outcome = try await launch(
            "/usr/bin/env",
            [
                "make", "-C", root.appending(path: "Sources/column-model").path, build.rawValue,
                "BUILD=" + products.appending(path: "column-model").path,
            ], in: folder)
        guard outcome.status == 0 else { throw BuildFailure(errors: outcome.errors) }
        return ColumnModelProgram(path: products.appending(path: place + "/column-model").path)
    }

    /// Runs `scripts/validate-model` with `arguments` in `folder`.
    static func validate(_ arguments: [String], in folder: TestFolder) async throws -> Outcome {
        try await launch(root.appending(path: "scripts/validate-model").path, arguments, in: folder)
    }

    /// Runs the model in `folder` as it is.
    func run(in folder: TestFolder) async throws -> Outcome {
        try await Self.launch(path, [], in: folder)
    }

    private static func launch(_ path: String, _ arguments: [String], in folder: TestFolder) async throws -> Outcome {
        // Files rather than pipes: nothing can fill up, whatever is written.
        let result = try await Subprocess.run(
            .path(FilePath(path)), arguments: Arguments(arguments), workingDirectory: FilePath(folder.url.path),
            input: .none, output: .fileDescriptor(folder.writer("model.log"), closeAfterSpawningProcess: true),
            error: .fileDescriptor(folder.writer("errors.log"), closeAfterSpawningProcess: true))
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): signal
            }
        return try Outcome(status: status, log: folder.text("model.log"), errors: folder.text("errors.log"))
    }

    /// `make` failed.
    struct BuildFailure: Error, CustomStringConvertible {
        let errors: String
        var description: String { "make could not build the column model: \(errors)" }
    }
}
