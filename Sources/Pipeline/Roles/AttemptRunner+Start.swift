internal import ArtifactStore
internal import ExplorationFile
internal import FoundationEssentials
internal import LeaseQueue
internal import ModelRunner
internal import ParameterSpace
internal import Support
internal import SystemPackage

/// How a run starts: warm where there are files to start from, and cold where that leads nowhere.
extension AttemptRunner {
    /// Where a run starts from: files of another point's run, in a folder of their own.
    struct Parent {
        /// The point's hash.
        let hash: String
        let folder: FilePath
    }

    /// Makes the run directory, and fetches what the run starts from.
    ///
    /// - Returns: where that is; nil for a cold start.
    /// - Throws: what the artifact store throws.
    func prepare(_ directory: FilePath, _ proposal: PointMessage) async throws -> Parent? {
        guard model.usesFiles else { return nil }
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        guard let artifacts, let hash = proposal.parent else { return nil }
        let folder = directory.appending("parent")
        return try await artifacts.fetch(hash, into: folder) ? Parent(hash: hash, folder: folder) : nil
    }

    /// Runs the model on a point, in a directory that lies ready. How far it is goes with the lease's heartbeats.
    ///
    /// A warm start is a short cut to a stable state and nothing more. Whatever else it ends in, be it a failure or the
    /// verdict *unstable*, is left to one cold start, so that no verdict depends on which neighbour was there first.
    ///
    /// - Throws: `ModelFailure` of the cold start; `CancellationError`; what the artifact store throws.
    func run(
        _ point: Point, _ lease: Lease, _ parent: Parent?, _ directory: FilePath
    ) async throws -> ModelResult {
        let values = zip(definition.space.parameters, point.values).map {
            NamedValue(name: $0.name, value: $1.description)
        }
        let input = ModelInput(hash: lease.id, code: point.code, values: values)
        func run(from parent: FilePath?) async throws -> ModelResult {
            try await model.run(input, limits: definition.policy.limits, parent: parent, directory: directory) {
                lease.note = $0.description
            }
        }
        guard let parent else { return try await run(from: nil) }
        let warm = await Swift.Result { try await run(from: parent.folder) }
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
        let note = "[a cold start, after the warm start from \(parent.hash.prefix(12)) ended: \(end)]"
        do {
            return try await run(from: nil).noting(note)
        } catch let failure as ModelFailure {
            throw ModelFailure(
                kind: failure.kind, message: "\(failure.message) \(note)", logTail: failure.logTail,
                peakMemoryBytes: failure.peakMemoryBytes)
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
