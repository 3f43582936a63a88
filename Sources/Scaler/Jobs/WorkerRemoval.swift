package import KubernetesClient

/// Takes all workers of an exploration away, and keeps the scaler from making new ones.
package struct WorkerRemoval: Sendable {
    /// What is waited for.
    package enum Wait: Sendable, Hashable {
        /// For so many pods to end.
        case pods(Int)
        /// For the leading scaler to hear that it is suspended.
        case scaler
    }

    private let client: KubernetesClient
    private let group: WorkerGroup

    package init(client: KubernetesClient, group: WorkerGroup) {
        self.client = client
        self.group = group
    }

    /// Tells the scaler to make no Jobs, by annotations on its Deployment.
    ///
    /// - Returns: false where there is no such Deployment.
    /// - Throws: ``KubernetesError``.
    package func suspendScaler(_ deployment: String) async throws -> Bool {
        try await annotate(deployment, Suspension().annotations)
    }

    /// Tells the scaler to make Jobs again.
    ///
    /// - Returns: false where there is no such Deployment.
    /// - Throws: ``KubernetesError``.
    package func resumeScaler(_ deployment: String) async throws -> Bool {
        try await annotate(deployment, Suspension.noAnnotations)
    }

    /// Deletes the Jobs (their pods first), and returns when no pod is left and no scaler is about to make any.
    ///
    /// A Job that a scaler makes at the very moment when it is suspended is deleted too: Jobs are looked for once more
    /// after its leader has heard of the suspension.
    ///
    /// - Parameters:
    ///   - grace: how many seconds the pods have to end; nil for what each asks for itself.
    ///   - scaler: the Deployment of the scaler that was suspended; nil where there is none.
    ///   - lease: the Lease that the scalers agree by.
    ///   - report: is told what is waited for, whenever that changes.
    /// - Throws: ``KubernetesError``; ``KubernetesError/Code/conflict`` where somebody resumed the scaler meanwhile.
    package func deleteJobs(
        grace: Int?, suspended scaler: String? = nil, lease: String = Labels.scaler, report: (Wait) -> Void
    ) async throws {
        var unheard = scaler
        while true {
            try await client.deleteAll(.jobs, in: group.namespace, labels: group.selector, DeleteOptions(.foreground))
            if let grace {
                try await client.deleteAll(
                    .pods, in: group.namespace, labels: group.selector, DeleteOptions(.background, grace: grace))
            }
            try await waitUntilGone(report)
            if let scaler = unheard { try await waitUntilHeard(scaler, lease, report) }
            unheard = nil
            if try await client.list(JobObject.self, in: group.namespace, labels: group.selector).items.isEmpty {
                return
            }
            // The garbage collector takes a moment to see that a Job's pods are gone.
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func annotate(_ deployment: String, _ annotations: [String: String?]) async throws -> Bool {
        do {
            try await client.patch(
                .deployments, deployment, in: group.namespace, with: AnnotationPatch(annotations))
            return true
        } catch let error as KubernetesError where error.code == .notFound {
            return false
        }
    }

    /// Follows the pods until there is none.
    private func waitUntilGone(_ report: (Wait) -> Void) async throws {
        var names: Set<String> = []
        var told: Int?
        try await client.follow(PodObject.self, in: group.namespace, labels: group.selector) { event in
            switch event {
            case .listed(let pods): names = Set(pods.compactMap(\.metadata.name))
            case .changed(let pod): names.insert(pod.metadata.name ?? "")
            case .deleted(let pod): names.remove(pod.metadata.name ?? "")
            }
            if told != names.count { report(.pods(names.count)) }
            told = names.count
            return !names.isEmpty
        }
    }

    /// Looks at the scalers' Lease until none of them can be making anything that was decided before the suspension.
    private func waitUntilHeard(_ scaler: String, _ lease: String, _ report: (Wait) -> Void) async throws {
        var watch = SuspensionWatch()
        var isTold = false
        while true {
            let now = ContinuousClock.now
            let deployment = try await client.find(DeploymentObject.self, scaler, in: group.namespace)
            let suspension = deployment.flatMap(Suspension.init(of:))
            guard deployment == nil || suspension != nil else {
                throw KubernetesError(
                    .conflict,
                    "Somebody resumed the scaler '\(scaler)' while its Jobs were deleted, so it may make workers again; say "
                        + "it once more where that was not meant.")
            }
            let current = try await client.find(LeaseObject.self, lease, in: group.namespace)
            if watch.isHeard(suspension, seeing: current, at: now) { return }
            if !isTold { report(.scaler) }
            isTold = true
            try await Task.sleep(for: .milliseconds(300))
        }
    }
}
