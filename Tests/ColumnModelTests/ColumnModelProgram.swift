internal import Foundation
internal import Subprocess
internal import SystemPackage

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
