import FoundationEssentials
import Glibc
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ModelRunner

/// A temporary folder with scripts as models and their run directories.
final class ModelFixture: Sendable {
    private let temporary: TemporaryFolder

    var folder: FilePath { temporary.path }

    init() throws {
        temporary = try TemporaryFolder()
    }

    /// The output in the result of ``writeResult``.
    static let outputs = [OutputDefinition(name: "t", unit: "K", description: "a temperature")]

    /// A line of a script that writes a valid result.
    static let writeResult =
        #"echo '{"verdict":"stable","message":"fine","iterations":3,"outputs":{"t":287.5}}' > result.json"#

    /// Writes a file in the folder.
    @discardableResult
    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws -> FilePath {
        let path = folder.pushing(FilePath(name))
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(text.utf8) }
        chmod(path.string, mode)
        return path
    }

    /// The text of a file.
    func read(_ path: FilePath) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path.string)), as: UTF8.self)
    }

    /// A run that ended before it wrote a process ID.
    struct Ended: Error, CustomStringConvertible {
        let description: String
    }

    /// Creates an empty run directory.
    func runDirectory() throws -> FilePath {
        let path = folder.appending("run-\(UInt32.random(in: 0...UInt32.max))")
        guard mkdir(path.string, 0o755) == 0 else { throw Errno(rawValue: errno) }
        return path
    }

    /// A model that is a shell script.
    func model(
        _ script: String, outputs: [OutputDefinition] = ModelFixture.outputs, artifacts: [String] = [],
        environment: [String: String] = [:]
    ) throws -> CommandModel {
        let name = "model-\(UInt32.random(in: 0...UInt32.max))"
        let path = try write("#!/bin/sh\n\(script)\n", to: name, mode: 0o755)
        return try CommandModel(
            name: "test", command: [path.string], outputs: outputs, artifacts: artifacts,
            environment: environment.merging(["FOLDER": folder.string]) { given, _ in given })
    }

    /// Runs a script as a model and returns the outcome.
    func outcome(
        _ script: String, outputs: [OutputDefinition] = ModelFixture.outputs, artifacts: [String] = [],
        limits: RunLimits = RunLimits(wallTime: .seconds(30)), directory: FilePath? = nil
    ) async throws -> Result<ModelResult, ModelFailure> {
        let model = try model(script, outputs: outputs, artifacts: artifacts)
        do {
            return .success(
                try await model.run(
                    Self.point, limits: limits, parent: nil, directory: try directory ?? runDirectory()))
        } catch let failure as ModelFailure {
            return .failure(failure)
        }
    }

    /// Runs a shell command in the folder.
    ///
    /// - Returns: the exit status, as `wait` reports it.
    func shell(_ command: String) async -> CInt {
        let line = "cd '\(folder)' && \(command)"
        return await BlockingExecutor(label: "shell").run { system(line) }
    }

    /// A point with two parameters.
    static let point = ModelInput(
        hash: String(repeating: "ab", count: 32), code: "0.21,1.63e-6",
        values: [NamedValue(name: "O2", value: "0.21"), NamedValue(name: "CH4", value: "1.63e-6")])

    /// Waits until a script has written its process ID into a file of the folder.
    ///
    /// - Throws: the error of `run` if it ended without writing the ID.
    func process(
        _ name: String, of run: Task<ModelResult, any Error>? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> pid_t {
        let end = folder.appending("\(name).end")
        let watch = run.map { run in
            Task {
                if case .failure(let error) = await run.result { _ = try write("\(error)", to: "\(name).end") }
            }
        }
        defer { watch?.cancel() }
        let process: pid_t? = try await eventually(
            "the process ID in \(name)",
            {
                if run != nil, let error = try? read(end) { throw Ended(description: error) }
                guard let text = try? read(folder.appending(name)), text.hasSuffix("\n") else { return nil }
                return pid_t(text.dropLast())
            }, until: { $0 != nil }, sourceLocation: sourceLocation)
        return try #require(process, sourceLocation: sourceLocation)
    }
}

extension Result where Failure == ModelFailure {
    /// The failure; `nil` for a success.
    var failure: ModelFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}

/// Whether a process runs. A zombie does not: it only waits until its parent collects its status.
func runs(_ process: pid_t) -> Bool {
    guard kill(process, 0) == 0 || errno != ESRCH else { return false }
    return ProcessSession.runs(process)
}

/// Whether any process of a process group runs.
func runs(group: pid_t) throws -> Bool {
    if kill(-group, 0) != 0, errno == ESRCH { return false }
    return try FolderContents.names(in: "/proc").compactMap { pid_t($0) }.contains { getpgid($0) == group && runs($0) }
}
