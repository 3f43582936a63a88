import Dispatch
import FoundationEssentials
import Glibc
import SystemPackage
import TestSupport

@testable import ModelRunner

/// A folder of a test's own, with scripts for models in it, that is gone when the test is.
final class ModelFixture: Sendable {
    private let temporary: TemporaryFolder

    var folder: FilePath { temporary.path }

    init() throws {
        temporary = try TemporaryFolder()
    }

    /// The result that ``goodEnd`` writes.
    static let outputs = [OutputDefinition(name: "t", unit: "K", description: "a temperature")]

    /// The last line of a script that leaves a valid result.
    static let goodEnd =
        #"echo '{"verdict":"stable","message":"fine","iterations":3,"outputs":{"t":287.5}}' > result.json"#

    /// Writes a file of this test.
    @discardableResult
    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws -> FilePath {
        let path = folder.pushing(FilePath(name))
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(text.utf8) }
        chmod(path.string, mode)
        return path
    }

    /// The text of a file of this test.
    func read(_ path: FilePath) throws -> String {
        let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        defer { try? file.close() }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = try chunk.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A run that ended too early.
    struct Ended: Error, CustomStringConvertible {
        let description: String
    }

    /// A fresh run directory.
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
            environment: environment.merging(["BENCH": folder.string]) { own, _ in own })
    }

    /// Runs a script as a model and returns what came of it.
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

    /// Has a shell do something in this test's folder, on a thread of its own: a compiler takes its time.
    ///
    /// - Returns: the exit status, as `wait` gives it.
    func shell(_ command: String) async -> CInt {
        let line = "cd '\(folder)' && \(command)"
        return await withCheckedContinuation { continuation in
            DispatchQueue(label: "shell").async { continuation.resume(returning: system(line)) }
        }
    }

    /// A point with two parameters.
    static let point = ModelInput(
        hash: String(repeating: "ab", count: 32), code: "0.21,1.63e-6",
        values: [NamedValue(name: "O2", value: "0.21"), NamedValue(name: "CH4", value: "1.63e-6")])

    /// The process number that a script has written into a file of this test, waiting for it to appear.
    ///
    /// - Throws: what ended the run, when `run` ended without writing it.
    func process(_ name: String, of run: Task<ModelResult, any Error>? = nil) async throws -> pid_t {
        let end = folder.appending("\(name).end")
        let watch = run.map { run in
            Task {
                if case .failure(let error) = await run.result { _ = try write("\(error)", to: "\(name).end") }
            }
        }
        defer { watch?.cancel() }
        while true {
            if run != nil, let error = try? read(end) { throw Ended(description: error) }
            if let text = try? read(folder.appending(name)), text.hasSuffix("\n"), let pid = pid_t(text.dropLast()) {
                return pid
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

extension Result where Failure == ModelFailure {
    /// The failure, if it is one.
    var failure: ModelFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}

/// Whether a process runs. A zombie, which only waits for the machine's first process to take note, does not.
func runs(_ process: pid_t) -> Bool {
    guard kill(process, 0) == 0 || errno != ESRCH else { return false }
    return ProcessSession.runs(process)
}

/// Whether any process of a process group runs.
func runs(group: pid_t) throws -> Bool {
    if kill(-group, 0) != 0, errno == ESRCH { return false }
    return try FolderContents.names(in: "/proc").compactMap { pid_t($0) }.contains { getpgid($0) == group && runs($0) }
}
