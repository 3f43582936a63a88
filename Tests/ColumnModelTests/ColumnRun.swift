internal import Foundation
internal import Subprocess
internal import SystemPackage
internal import TestSupport
internal import Testing

/// One run of the column model on a point, with its files.
struct ColumnRun {
    /// `result.json`.
    struct Result: Decodable {
        let verdict: String
        let message: String
        let iterations: Int
        let outputs: [String: Double?]
    }

    let folder: TemporaryFolder
    let result: Result

    /// Runs the model on `point`, the body of its namelist group.
    /// - Parameters:
    ///   - settings: the body of the group `settings`.
    ///   - chemistry: the body of the group `chemistry`.
    ///   - parent: the text of the parent's `column_state.dat`.
    /// - Throws: an error if the run fails or `result.json` is invalid.
    init(
        _ point: String, settings: String = "", chemistry: String = "", parent: String? = nil,
        build: ColumnModelProgram.Build = .optimised
    ) async throws {
        folder = try TemporaryFolder()
        try folder.write("&point \(point) /\n", to: "point.nml")
        try folder.write("&settings \(settings) /\n&chemistry \(chemistry) /\n", to: "settings.nml")
        if let parent { try folder.write(parent, to: "parent/column_state.dat") }
        let outcome = try await ColumnModelProgram.built(build).run(in: folder)
        try #require(outcome.status == 0, "\(point): \(outcome.errors)")
        result = try JSONDecoder().decode(Result.self, from: Data(folder.bytes("result.json")))
    }

    var isStable: Bool { result.verdict == "stable" }

    /// The output `name`, which must exist and not be null.
    func output(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Double {
        try #require(result.outputs[name] ?? nil, "\(name) of: \(result.message)", sourceLocation: sourceLocation)
    }

    /// The state from which a later run starts warm.
    func state() throws -> String { try folder.text("column_state.dat") }
}

/// Runs the climate without the chemistry.
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

/// The executable of the column model, run in a folder as by its users.
struct ColumnModelProgram: Sendable {
    /// One of the two builds.
    enum Build: String, Sendable {
        case optimised = "all"
        /// With run-time checks and floating-point traps.
        case checked = "check"
    }

    /// The outcome of a run.
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

    /// Builds the executable of `build` if it is out of date.
    static func built(_ build: Build) async throws -> ColumnModelProgram {
        switch build {
        case .optimised: try await optimised.value
        case .checked: try await checked.value
        }
    }

    private static func make(_ build: Build, in place: String) async throws -> ColumnModelProgram {
        let folder = try TemporaryFolder()
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
    static func validate(_ arguments: [String], in folder: TemporaryFolder) async throws -> Outcome {
        try await launch(root.appending(path: "scripts/validate-model").path, arguments, in: folder)
    }

    /// Runs the model in `folder`.
    func run(in folder: TemporaryFolder) async throws -> Outcome {
        try await Self.launch(path, [], in: folder)
    }

    private static func launch(_ path: String, _ arguments: [String], in folder: TemporaryFolder) async throws
        -> Outcome
    {
        // Files rather than pipes, which could fill up.
        let result = try await Subprocess.run(
            .path(FilePath(path)), arguments: Arguments(arguments), workingDirectory: folder.path,
            input: .none, output: .fileDescriptor(open("model.log", in: folder), closeAfterSpawningProcess: true),
            error: .fileDescriptor(open("errors.log", in: folder), closeAfterSpawningProcess: true))
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): signal
            }
        return try Outcome(status: status, log: folder.text("model.log"), errors: folder.text("errors.log"))
    }

    /// Opens a file for writing from its beginning; the caller closes it.
    private static func open(_ name: String, in folder: TemporaryFolder) throws -> FileDescriptor {
        try FileDescriptor.open(
            folder.path.appending(name), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    }

    /// `make` failed.
    struct BuildFailure: Error, CustomStringConvertible {
        let errors: String
        var description: String { "make cannot build the column model: \(errors)" }
    }
}
