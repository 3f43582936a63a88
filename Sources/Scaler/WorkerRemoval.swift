package import KubernetesClient

/// Removes all workers of an exploration, and suspends the scaler so that it creates no new ones.
package struct WorkerRemoval: Sendable {
    /// A condition that is waited for.
    package enum Wait: Sendable, Hashable {
        /// The end of this number of pods.
        case pods(Int)
        /// The leading scaler's acknowledgement of its suspension.
        case scaler
    }

    private let client: KubernetesClient
    private let group: WorkerGroup

    package init(client: KubernetesClient, group: WorkerGroup) {
        self.client = client
        self.group = group
    }

    /// Suspends the scaler by annotations on its Deployment.
    ///
    /// - Returns: `false` if there is no such Deployment.
    /// - Throws: ``KubernetesError``.
    package func suspendScaler(_ deployment: String) async throws -> Bool {
        try await annotate(deployment, Suspension().annotations)
    }

    /// Resumes the scaler.
    ///
    /// - Returns: `false` if there is no such Deployment.
    /// - Throws: ``KubernetesError``.
    package func resumeScaler(_ deployment: String) async throws -> Bool {
        try await annotate(deployment, Suspension.noAnnotations)
    }

    /// Deletes the Jobs, after their pods, and returns when no pod is left and no scaler is about to create one.
    ///
    /// This includes a Job that a scaler creates at the very moment when it is suspended: Jobs are listed once more after
    /// the acknowledgement of the suspension.
    ///
    /// - Parameters:
    ///   - grace: the seconds that pods have to end; `nil` for each pod's setting.
    ///   - scaler: the Deployment of the suspended scaler; `nil` if there is none.
    ///   - lease: the scalers' Lease.
    ///   - report: called whenever the condition that is waited for changes.
    /// - Throws: ``KubernetesError``; ``KubernetesError/Code/conflict`` if the scaler is resumed by another client.
    package func deleteJobs(
        grace: Int?, suspended scaler: String? = nil, lease: String = Labels.scaler, report: (Wait) -> Void
    ) async throws {
        var unacknowledged = scaler
        while true {
            try await client.deleteAll(.jobs, in: group.namespace, labels: group.selector, DeleteOptions(.foreground))
            if let grace {
                try await client.deleteAll(
                    .pods, in: group.namespace, labels: group.selector, DeleteOptions(.background, grace: grace))
            }
            try await waitForPods(report)
            if let scaler = unacknowledged { try await waitForAcknowledgement(of: scaler, lease, report) }
            unacknowledged = nil
            if try await client.list(JobObject.self, in: group.namespace, labels: group.selector).items.isEmpty {
                return
            }
            // The garbage collector needs a moment to notice that a Job's pods are gone.
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

    private func waitForPods(_ report: (Wait) -> Void) async throws {
        var names: Set<String> = []
        var reported: Int?
        try await client.follow(PodObject.self, in: group.namespace, labels: group.selector) { event in
            switch event {
            case .listed(let pods): names = Set(pods.compactMap(\.metadata.name))
            case .changed(let pod): names.insert(pod.metadata.name ?? "")
            case .deleted(let pod): names.remove(pod.metadata.name ?? "")
            }
            if reported != names.count { report(.pods(names.count)) }
            reported = names.count
            return !names.isEmpty
        }
    }

    /// Polls the scalers' Lease until none of them can be creating Jobs that were decided before the suspension.
    private func waitForAcknowledgement(of scaler: String, _ lease: String, _ report: (Wait) -> Void) async throws {
        var watch = SuspensionWatch()
        var isReported = false
        while true {
            let now = ContinuousClock.now
            let deployment = try await client.find(DeploymentObject.self, scaler, in: group.namespace)
            let suspension = deployment.flatMap(Suspension.init(of:))
            guard deployment == nil || suspension != nil else {
                throw KubernetesError(
                    .conflict,
                    "the scaler '\(scaler)' was resumed while its Jobs were deleted, so it may create workers again; "
                        + "run the command again unless that was intended")
            }
            let current = try await client.find(LeaseObject.self, lease, in: group.namespace)
            if watch.isInEffect(suspension, lease: current, at: now) { return }
            if !isReported { report(.scaler) }
            isReported = true
            try await Task.sleep(for: .milliseconds(300))
        }
    }
}
