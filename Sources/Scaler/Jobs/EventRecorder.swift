internal import HTTPClient
package import KubernetesClient
package import Logging
internal import Support

/// Posts events on the Deployment that a program runs as, where `kubectl describe deployment` shows them.
package struct EventRecorder: Sendable {
    /// How an event is meant.
    package enum Kind: String, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    private let client: KubernetesClient
    private let about: EventObject.Reference
    private let namespace: String
    private let instance: String
    private let logger: Logger

    /// - Parameters:
    ///   - deployment: what the events are about.
    ///   - instance: which of its pods says so.
    package init(
        client: KubernetesClient, deployment: DeploymentObject, namespace: String, instance: String, logger: Logger
    ) {
        self.client = client
        self.namespace = namespace
        self.instance = instance
        self.logger = logger
        about = EventObject.Reference(
            apiVersion: ResourceType.deployments.apiVersion, kind: ResourceType.deployments.kind, namespace: namespace,
            name: deployment.metadata.name, uid: deployment.metadata.uid)
    }

    /// Posts an event. That it cannot be posted is only logged.
    ///
    /// - Parameters:
    ///   - reason: one word in camel case: `ScaledUp`.
    ///   - key: makes the event's name: the same one twice is posted once.
    package func post(_ kind: Kind, _ reason: String, _ message: String, key: String) async {
        let now = UTC.text(microseconds: UTC.microsecondsNow)
        var event = EventObject(
            metadata: ObjectMetadata(name: "\(about.name ?? Labels.scaler).\(key)", namespace: namespace),
            involvedObject: about)
        event.reason = reason
        // The server refuses longer ones.
        event.message = String(message.prefix(1000))
        event.type = kind.rawValue
        event.source = EventObject.Source(component: Labels.scaler)
        event.firstTimestamp = String(now.prefix(19)) + "Z"
        event.lastTimestamp = event.firstTimestamp
        event.count = 1
        event.reportingComponent = Labels.scaler
        event.reportingInstance = instance
        do {
            _ = try await client.create(event, in: namespace)
        } catch {
            logger.warning("an event was not posted", metadata: ["reason": "\(reason)", "error": "\(error)"])
        }
    }
}
