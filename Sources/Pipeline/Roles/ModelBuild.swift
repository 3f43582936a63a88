internal import FoundationEssentials
package import LeaseQueue
package import ModelRunner
package import RunLedger
internal import Support

/// A build of a model: its name, and the digest of its program or image. The verdicts of an exploration are comparable
/// only if they come from one build.
package struct ModelBuild: Hashable, Sendable, CustomStringConvertible {
    package let model: String
    package let version: String

    /// The build that a worker runs.
    ///
    /// - Parameter environment: may name the worker's own image, which then is the version.
    package init(of model: any Model, environment: [String: String] = ProcessInfo.processInfo.environment) {
        let image = environment[EnvironmentNames.modelImage].flatMap { $0.isEmpty ? nil : $0 }
        self.model = model.name
        version = image ?? model.version
    }

    /// `atmos 3f9c0a12b4d7`, shortened if it is a digest.
    package var description: String {
        "\(model) \(Self.short(version))"
    }

    private static func short(_ version: String) -> String {
        let isDigest = version.utf8.count == 64 && version.allSatisfy(\.isHexDigit)
        return isDigest ? String(version.prefix(12)) : version
    }

    /// Checks that an exploration's workers run this build, and records it if none is recorded.
    ///
    /// - Parameter accepts: whether to record this build in place of another one.
    /// - Throws: ``SettingError`` if they run another one; `RedisError`.
    package func register(
        in queues: LeaseQueues, of exploration: String, accepts: Bool, flag: String
    ) async throws {
        let text = "\(model) \(version)"
        let recorded = try await queues.recordModel(text, replacing: accepts)
        guard recorded != text else { return }
        let parts = recorded.split(separator: " ", maxSplits: 1).map(String.init)
        let other = parts.count == 2 ? "\(parts[0]) \(Self.short(parts[1]))" : recorded
        throw conflict(with: other, "its other workers run", exploration, flag)
    }

    /// Checks that the verdicts in the ledger come from this build.
    ///
    /// - Parameter imported: a version that marks imported runs, which may come from any build.
    /// - Throws: ``SettingError`` if they come from another one.
    package func check(
        against ledger: [ModelBuildCount], of exploration: String, imported: String, flag: String
    ) throws {
        let others = ledger.filter { $0.version != imported && !($0.model == model && $0.version == version) }
        guard let other = others.first else { return }
        let source = "\(other.count) of its points have their verdicts from"
        throw conflict(with: "\(other.model) \(Self.short(other.version))", source, exploration, flag)
    }

    private func conflict(
        with other: String, _ source: String, _ exploration: String, _ flag: String
    ) -> SettingError {
        SettingError(
            description: "two builds of the model in the exploration '\(exploration)': this is \(self), but \(source) "
                + "\(other); give the exploration another name to start again with this build, restore the other one, "
                + "or accept both with \(flag)")
    }
}
