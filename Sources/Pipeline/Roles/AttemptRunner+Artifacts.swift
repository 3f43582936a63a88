internal import ArtifactStore
internal import ExplorationFile
internal import FoundationEssentials
internal import LeaseQueue
internal import Logging
internal import ModelRunner
internal import Support
internal import SystemPackage

/// What is kept of a run's files, by the exploration's rule.
extension AttemptRunner {
    /// Keeps the files of a run that gave a verdict.
    ///
    /// - Returns: where they are; nil when nothing of this run is kept.
    func keep(_ result: ModelResult, of lease: Lease) async throws -> String? {
        guard let artifacts, !result.artifacts.isEmpty,
            let files = definition.retention.files(
                result.artifacts, of: result.verdict == .stable ? .stable : .unstable)
        else { return nil }
        return try await artifacts.store(files, for: lease.id)
    }

    /// Keeps what a point's last attempt left, its log included, where the rule asks for that.
    ///
    /// The failure stands on its own, so that these files are worth a try but no further failure.
    func keepRemains(of lease: Lease, in directory: FilePath) async {
        guard let artifacts, lease.attempt >= definition.policy.attempts else { return }
        let left = (definition.model.artifacts + [RunDirectory.logFile]).map { directory.appending($0) }
            .filter { FileManager.default.fileExists(atPath: $0.string) }
        guard !left.isEmpty, let files = definition.retention.files(left, of: .givenUp) else { return }
        do {
            let location = try await artifacts.store(files, for: lease.id)
            logger.info("kept what a failed run left", metadata: ["job": "\(lease.id)", "files": "\(location)"])
        } catch {
            logger.warning("what a failed run left could not be kept", metadata: ["error": "\(error)"])
        }
    }
}
