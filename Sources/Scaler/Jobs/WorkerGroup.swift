package import KubernetesClient

/// The workers of one exploration's queue, in one namespace.
package struct WorkerGroup: Sendable, Hashable {
    package let exploration: String
    /// Nil for those of all its queues.
    package let queue: String?
    package let namespace: String

    package init(exploration: String, queue: String?, namespace: String) {
        self.exploration = exploration
        self.queue = queue
        self.namespace = namespace
    }

    /// Their Jobs and pods.
    package var selector: LabelSelector {
        LabelSelector(labels)
    }

    /// The labels that all of them carry, with their values.
    var labels: [(String, String)] {
        [(Labels.name, Labels.worker), (Labels.exploration, exploration)] + (queue.map { [(Labels.queue, $0)] } ?? [])
    }
}
