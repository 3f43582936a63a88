internal import ArtifactStore
internal import FoundationEssentials
internal import LeaseQueue
internal import ModelRunner
internal import ParameterSpace
internal import SystemPackage

/// How a run starts: warm where there are files to start from, and cold where that leads nowhere.
extension AttemptRunner {
    /// Runs the model on a point.
    ///
    /// A warm start is a short cut to a stable state and nothing more. Whatever else it ends in, be it a failure or the
    /// verdict *unstable*, is left to one cold start, so that no verdict depends on which neighbour was there first.
    ///
    /// - Throws: `ModelFailure` of the cold start; `CancellationError`; what the artifact store throws.
    func run(
        _ point: Point, _ lease: Lease, _ proposal: PointMessage, _ directory: FilePath
    ) async throws -> ModelResult {
        let values = zip(definition.space.parameters, point.values).map {
            NamedValue(name: $0.name, value: $1.description)
        }
        let input = ModelInput(hash: lease.id, code: point.code, values: values)
        func run(from parent: FilePath?) async throws -> ModelResult {
            try await model.run(input, limits: definition.policy.limits, parent: parent, directory: directory)
        }
        guard model.usesFiles else { return try await run(from: nil) }
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        guard let hash = proposal.parent, let parent = try await fetch(hash, into: directory.appending("parent")) else {
            return try await run(from: nil)
        }
        let warm = await Swift.Result { try await run(from: parent) }
        try Task.checkCancellation()
        let end: String
        switch warm {
        case .success(let result) where result.verdict == .stable: return result
        case .success(let result): end = "unstable: \(result.message)"
        case .failure(let failure as ModelFailure): end = failure.message
        case .failure(let error): throw error
        }
        try FileManager.default.removeItem(atPath: directory.string)
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        let note = "[a cold start, after the warm start from \(hash.prefix(12)) ended: \(end)]"
        do {
            return try await run(from: nil).noting(note)
        } catch let failure as ModelFailure {
            throw ModelFailure(
                kind: failure.kind, message: "\(failure.message) \(note)", logTail: failure.logTail,
                peakMemoryBytes: failure.peakMemoryBytes)
        }
    }

    private func fetch(_ hash: String, into folder: FilePath) async throws -> FilePath? {
        guard let artifacts else { return nil }
        return try await artifacts.fetch(hash, into: folder) ? folder : nil
    }
}

extension Result where Failure == any Error {
    /// What `body` returns or throws.
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}

extension ModelResult {
    /// The same, with a note behind the model's own sentence.
    fileprivate func noting(_ note: String) -> ModelResult {
        ModelResult(
            verdict: verdict, message: message.isEmpty ? note : "\(message) \(note)", iterations: iterations,
            outputs: outputs, artifacts: artifacts, peakMemoryBytes: peakMemoryBytes, logTail: logTail)
    }
}
