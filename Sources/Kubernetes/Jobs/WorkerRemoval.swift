/// Takes all workers of an exploration away, and keeps the scaler from making new ones.
package struct WorkerRemoval: Sendable {
    private struct Suspension: Encodable {
        struct Metadata: Encodable {
            /// Null takes an annotation away.
            let annotations: [String: String?]
        }

        let metadata: Metadata
    }

    private let client: KubernetesClient
    private let group: WorkerGroup

    package init(client: KubernetesClient, group: WorkerGroup) {
        self.client = client
        self.group = group
    }

    /// Tells the scaler to make no Jobs, or to make them again, by an annotation on its Deployment.
    ///
    /// - Returns: false where there is no such Deployment.
    /// - Throws: ``KubernetesError``.
    package func suspendScaler(_ deployment: String, _ isSuspended: Bool = true) async throws -> Bool {
        do {
            try await client.patch(
                .deployments, deployment, in: group.namespace,
                with: Suspension(metadata: .init(annotations: [Annotations.suspended: isSuspended ? "true" : nil])))
            return true
        } catch let error as KubernetesError where error.code == .notFound {
            return false
        }
    }

    /// Deletes the Jobs (their pods first), and returns when no pod is left.
    ///
    /// A Job that a scaler makes at the very moment when it is suspended is deleted too.
    ///
    /// - Parameters:
    ///   - grace: how many seconds the pods have to end; nil for what each asks for itself.
    ///   - report: is told how many pods are left, whenever that changes.
    /// - Throws: ``KubernetesError``.
    package func deleteJobs(grace: Int?, report: (Int) -> Void) async throws {
        while true {
            try await client.deleteAll(.jobs, in: group.namespace, labels: group.selector, Deletion(.foreground))
            if let grace {
                try await client.deleteAll(
                    .pods, in: group.namespace, labels: group.selector, Deletion(.background, grace: grace))
            }
            try await waitUntilGone(report)
            if try await client.list(JobObject.self, in: group.namespace, labels: group.selector).items.isEmpty {
                return
            }
            // The garbage collector takes a moment to see that a Job's pods are gone.
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Follows the pods until there is none.
    private func waitUntilGone(_ report: (Int) -> Void) async throws {
        var names: Set<String> = []
        var told: Int?
        try await client.follow(PodObject.self, in: group.namespace, labels: group.selector) { event in
            switch event {
            case .listed(let pods): names = Set(pods.compactMap(\.metadata.name))
            case .changed(let pod): names.insert(pod.metadata.name ?? "")
            case .deleted(let pod): names.remove(pod.metadata.name ?? "")
            }
            if told != names.count { report(names.count) }
            told = names.count
            return !names.isEmpty
        }
    }
}
