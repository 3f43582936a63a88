package import KubernetesClient
package import Logging
internal import Support

/// Sees how many workers there are, has it decided how many there should be, and makes them. One round remembers nothing
/// of another: whatever matters stands in the cluster.
package struct Scaler: Sendable {
    let client: KubernetesClient
    let group: WorkerGroup
    private let retention: JobRetention
    let deployment: String?
    let isDryRun: Bool
    private let instance: String
    package let logger: Logger

    /// - Parameters:
    ///   - retention: how long Jobs that ended are kept.
    ///   - deployment: what the scaler itself runs as: it owns what is made, events are posted on it, and it says whether
    ///     the scaler is suspended. Nil for a scaler that is run by hand.
    ///   - isDryRun: whether the server is only asked whether it would.
    ///   - instance: which one of the deployment's pods this is, for events.
    package init(
        client: KubernetesClient, group: WorkerGroup, retention: JobRetention = JobRetention(),
        deployment: String? = nil, isDryRun: Bool = false, instance: String = Labels.scaler, logger: Logger
    ) {
        self.client = client
        self.group = group
        self.retention = retention
        self.deployment = deployment
        self.isDryRun = isDryRun
        self.instance = instance
        self.logger = logger
    }

    /// Does one round.
    ///
    /// - Parameters:
    ///   - decide: what there should be, given what there is.
    ///   - render: manifests for the decision; called only when pods are to be added.
    /// - Throws: ``KubernetesError``, ``ManifestError``, and what the two throw.
    package func round(
        decide: (LiveWorkers) async throws -> ScalingDecision,
        render: (ScalingDecision, LiveWorkers) async throws -> [Manifest]
    ) async throws -> ScalerRound {
        let census = try await client.census(of: group)
        let live = try await client.live(census, group)
        let decision = try await decide(live)
        var round = ScalerRound(live: live, decision: decision, isDryRun: isDryRun)
        round.failed = census.failed
        let rendered = decision.pods > 0 ? try await render(decision, live) : []
        try await carryOut(&round, census) { owner, round in
            if decision.pods > 0 { try await make(rendered, decision: decision.id, owner: owner, &round) }
        } takeAway: { round in
            if decision.withdrawn > 0 { try await withdraw(census, &round) }
        }
        return round
    }

    /// Carries a round's decision out, unless somebody suspended the scaler, and tells of it.
    ///
    /// - Parameters:
    ///   - make: makes, or with a dry run tries to make, what is to be there.
    ///   - takeAway: takes away what is not to be there any more.
    func carryOut(
        _ round: inout ScalerRound, _ census: WorkerCensus,
        make: (DeploymentObject?, inout ScalerRound) async throws -> Void,
        takeAway: (inout ScalerRound) async throws -> Void
    ) async throws {
        // As late as can be; what is overlooked all the same is undone.
        let deployment = try await ownDeployment()
        if deployment?.isSuspended == true {
            round.restraint = .suspended
        } else {
            try await undoIfSuspended(&round) { try await make(deployment, &$0) }
            if !isDryRun, round.restraint == nil { try await takeAway(&round) }
        }
        if !isDryRun {
            round.collected += try await client.collect(census.jobs, in: group.namespace, keeping: retention)
            if let deployment { await report(round, on: deployment) }
        }
        ScalerMetrics.record(round, of: group)
    }

    /// What the scaler runs as; nil where there is none.
    func ownDeployment() async throws -> DeploymentObject? {
        guard let deployment else { return nil }
        let found = try await client.find(DeploymentObject.self, deployment, in: group.namespace)
        if found == nil {
            logger.warning("there is no Deployment of the scaler's own", metadata: ["name": "\(deployment)"])
        }
        return found
    }

    /// Makes what was rendered for a decision.
    func make(
        _ rendered: [Manifest], decision: String, owner: DeploymentObject?, _ round: inout ScalerRound
    ) async throws {
        let reference = owner.flatMap { owner -> ObjectMetadata.Owner? in
            guard let name = owner.metadata.name, let uid = owner.metadata.uid else { return nil }
            let type = ResourceType.deployments
            return ObjectMetadata.Owner(apiVersion: type.apiVersion, kind: type.kind, name: name, uid: uid)
        }
        let manifests = try WorkerManifests.prepared(
            rendered, decision: decision, group: group, owner: reference)
        for manifest in manifests {
            // Before: of a request that is cut off nobody knows whether it was carried out.
            if manifest.isJob, !isDryRun { round.requested.append(manifest.name) }
            let creation = try await client.create(manifest, in: group.namespace, dryRun: isDryRun)
            let name = "\(manifest.kind) '\(manifest.name)'"
            if creation.isNew {
                round.made.append(name)
            } else {
                round.known.append(name)
                round.requested.removeAll { $0 == manifest.name }
            }
            for warning in creation.warnings where !round.warnings.contains(warning) { round.warnings.append(warning) }
        }
    }

    private func withdraw(_ census: WorkerCensus, _ round: inout ScalerRound) async throws {
        for withdrawal in Withdrawal.plan(round.decision.withdrawn, from: census) {
            do {
                try await withdrawal.carryOut(client, in: group.namespace)
                round.withdrawn.append("Job '\(withdrawal.job)'")
            } catch let error as KubernetesError where error.code == .forbidden {
                // Waiting pods cost nothing but their place in the quota; making others must go on.
                logger.warning("waiting pods could not be taken back", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Posts what happened. An event's name comes from what it says, so that a problem that lasts is told once, whoever
    /// leads.
    private func report(_ round: ScalerRound, on deployment: DeploymentObject) async {
        let recorder = EventRecorder(
            client: client, deployment: deployment, namespace: group.namespace, instance: instance, logger: logger)
        let id = round.decision.id
        if !round.made.isEmpty {
            await recorder.post(
                .normal, "ScaledUp", "Made \(round.made.joined(separator: ", ")): \(round.decision.reason).",
                key: "up-\(id)")
        }
        if !round.withdrawn.isEmpty {
            await recorder.post(.normal, "ScaledDown", "\(round.decision.reason).", key: "down-\(id)")
        }
        for warning in round.warnings {
            await recorder.post(.warning, "ServerWarned", warning, key: Self.key(warning))
        }
        for job in round.failed { await recorder.post(.warning, "JobFailed", job.sentence, key: "failed-\(job.uid)") }
        let others = round.live.problems.filter { problem in !round.failed.contains { $0.sentence == problem } }
        for problem in others.prefix(10) {
            // Without the number of pods at its beginning, which changes from round to round.
            let what = problem.drop { $0 != ":" }
            await recorder.post(.warning, "WorkersMissing", problem, key: Self.key(String(what)))
        }
    }

    private static func key(_ text: String) -> String {
        String(Hexadecimal.encode(SHA256.hash(text.utf8)).prefix(16))
    }
}
