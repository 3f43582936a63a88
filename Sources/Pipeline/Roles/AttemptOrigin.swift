internal import ExplorationFile
internal import FoundationEssentials
internal import LeaseQueue
internal import ModelRunner
internal import ParameterSpace
internal import Support

/// Who makes attempts, where and with what: the same for all that one worker makes.
struct AttemptOrigin: Sendable {
    let worker: String
    let host: String
    let pod: String?
    let node: String?
    let model: String
    let modelVersion: String
    let explorationDigest: String

    init(
        name: ConsumerName, model: any Model, definition: ExplorationDefinition,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        func value(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
        worker = name.description
        host = name.host
        pod = value(EnvironmentNames.pod) ?? value(EnvironmentNames.clusterHost).map { _ in name.host }
        node = value(EnvironmentNames.node)
        self.model = model.name
        modelVersion = value(EnvironmentNames.modelImage) ?? model.version
        explorationDigest = definition.digest
    }

    /// An attempt that begins now.
    func attempt(at point: Point, under lease: Lease) -> AttemptMessage {
        AttemptMessage(
            hash: lease.id, code: point.code, token: lease.token.rawValue, attempt: lease.attempt, worker: worker,
            host: host, model: model, modelVersion: modelVersion, startedAt: UTC.microsecondsNow, pod: pod,
            node: node, explorationDigest: explorationDigest, softwareVersion: SoftwareVersion.current)
    }
}
