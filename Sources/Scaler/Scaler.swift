package import KubernetesClient
package import Logging
internal import Support

/// Counts the workers, obtains a decision on how many there should be, and creates them. A round keeps no state for the
/// next one: everything that matters is stored in the cluster.
package struct Scaler: Sendable {
    let client: KubernetesClient
    let group: WorkerGroup
    private let retention: JobRetention
    private let deployment: String?
    private let isDryRun: Bool
    private let instance: String
    package let logger: Logger

    /// - Parameters:
    ///   - retention: how long ended Jobs are kept.
    ///   - deployment: the Deployment that the scaler runs as. It owns the created objects, shows the events, and says
    ///     whether the scaler is suspended. `nil` for a scaler that is started by hand.
    ///   - isDryRun: whether the server only checks the requests.
    ///   - instance: the name of the deployment's pod, for events.
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
    ///   - decide: decides how many workers there should be, given those that there are.
    ///   - render: renders the manifests for the decision; called only if pods are to be added.
    /// - Throws: ``KubernetesError``, ``ManifestError``, and the errors of the two closures.
    package func round(
        decide: (WorkerCounts) async throws -> ScalingDecision,
        render: (ScalingDecision, WorkerCounts) async throws -> [Manifest]
    ) async throws -> ScalerRound {
        let inventory = try await client.inventory(of: group)
        let live = try await client.counts(inventory, group)
        let decision = try await decide(live)
        var round = newRound(live, decision, inventory)
        let rendered = decision.pods > 0 ? try await render(decision, live) : []
        try await apply(&round, inventory) { owner, round in
            if decision.pods > 0 { try await create(rendered, decision: decision.id, owner: owner, &round) }
        } scaleDown: { round in
            if decision.podsToRemove > 0 { try await scaleDown(inventory, &round) }
        }
        return round
    }

    func newRound(_ live: WorkerCounts, _ decision: ScalingDecision, _ inventory: WorkerInventory) -> ScalerRound {
        var round = ScalerRound(live: live, decision: decision, isDryRun: isDryRun)
        round.failed = inventory.failed
        return round
    }

    /// Applies a round's decision, unless the scaler is suspended, and reports it.
    ///
    /// - Parameters:
    ///   - create: creates the missing objects; in a dry run, asks the server whether it would.
    ///   - scaleDown: removes the objects that are not wanted any more.
    func apply(
        _ round: inout ScalerRound, _ inventory: WorkerInventory,
        create: (DeploymentObject?, inout ScalerRound) async throws -> Void,
        scaleDown: (inout ScalerRound) async throws -> Void
    ) async throws {
        // As late as possible; a suspension that is missed here is handled afterwards by rolling back.
        let deployment = try await ownDeployment()
        if deployment?.isSuspended == true {
            round.skipReason = .suspended
        } else {
            try await rollingBackIfSuspended(&round) { try await create(deployment, &$0) }
            if !isDryRun, round.skipReason == nil { try await scaleDown(&round) }
        }
        if !isDryRun {
            round.deletedJobs += try await client.deleteEndedJobs(
                among: inventory.jobs, in: group.namespace, keeping: retention)
            if let deployment { await report(round, on: deployment) }
        }
        ScalerMetrics.record(round, of: group)
    }

    private func ownDeployment() async throws -> DeploymentObject? {
        guard let deployment else { return nil }
        let found = try await client.find(DeploymentObject.self, deployment, in: group.namespace)
        if found == nil {
            logger.warning("the scaler's Deployment does not exist", metadata: ["name": "\(deployment)"])
        }
        return found
    }

    /// Creates the objects that were rendered for a decision.
    func create(
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
            // Recorded before the request: if it is cut off, the server may have carried it out.
            if manifest.isJob, !isDryRun { round.requested.append(manifest.name) }
            let creation = try await client.create(manifest, in: group.namespace, dryRun: isDryRun)
            let name = "\(manifest.kind) '\(manifest.name)'"
            if creation.isNew {
                round.created.append(name)
            } else {
                round.existing.append(name)
                round.requested.removeAll { $0 == manifest.name }
            }
            for warning in creation.warnings where !round.warnings.contains(warning) { round.warnings.append(warning) }
        }
    }

    private func scaleDown(_ inventory: WorkerInventory, _ round: inout ScalerRound) async throws {
        for scaleDown in ScaleDown.plan(round.decision.podsToRemove, from: inventory) {
            do {
                try await scaleDown.apply(client, in: group.namespace)
                round.scaledDown.append("Job '\(scaleDown.job)'")
            } catch let error as KubernetesError where error.code == .forbidden {
                // Waiting pods only take up quota, so creating pods for other queues must continue.
                logger.warning("waiting pods could not be removed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Posts events. An event's name is derived from its content, so that a lasting problem is posted once, by whichever
    /// scaler leads.
    private func report(_ round: ScalerRound, on deployment: DeploymentObject) async {
        let recorder = EventRecorder(
            client: client, deployment: deployment, namespace: group.namespace, instance: instance, logger: logger)
        let id = round.decision.id
        if !round.created.isEmpty {
            await recorder.post(
                .normal, "ScaledUp", "created \(round.created.joined(separator: ", ")): \(round.decision.reason)",
                key: "up-\(id)")
        }
        if !round.scaledDown.isEmpty {
            await recorder.post(.normal, "ScaledDown", round.decision.reason, key: "down-\(id)")
        }
        for warning in round.warnings {
            await recorder.post(.warning, "ServerWarned", warning, key: Self.key(warning))
        }
        for job in round.failed { await recorder.post(.warning, "JobFailed", job.sentence, key: "failed-\(job.uid)") }
        let others = round.live.problems.filter { problem in !round.failed.contains { $0.sentence == problem } }
        for problem in others.prefix(10) {
            // Without the number of pods at its start, which changes from round to round.
            let what = problem.drop { $0 != ":" }
            await recorder.post(.warning, "WorkersMissing", problem, key: Self.key(String(what)))
        }
    }

    private static func key(_ text: String) -> String {
        String(Hexadecimal.encode(SHA256.hash(text.utf8)).prefix(16))
    }
}

extension Scaler {
    /// The time limit for looking at the Deployment again and deleting Jobs.
    private static let rollbackTimeout = Duration.seconds(10)

    /// Creates Jobs, and deletes them again if the scaler was suspended in between. The client that suspended it may
    /// already have deleted all Jobs, without finding these.
    ///
    /// - Throws: the error of `create`; the Jobs that were created before it are deleted too.
    private func rollingBackIfSuspended(
        _ round: inout ScalerRound, _ create: (inout ScalerRound) async throws -> Void
    ) async throws {
        do {
            try await create(&round)
        } catch {
            await rollBackIfSuspended(&round)
            throw error
        }
        await rollBackIfSuspended(&round)
    }

    private func rollBackIfSuspended(_ round: inout ScalerRound) async {
        guard deployment != nil, !round.requested.isEmpty else { return }
        let timeout = KubernetesError(.unreachable, "timeout while checking whether the scaler is suspended")
        // A separate task, since a cancelled one, as when the lead is lost, cannot send requests. It is waited for.
        let deleted = await Task { [requested = round.requested] in
            do {
                return try await TimeLimit.run(Self.rollbackTimeout, late: timeout) {
                    try await deleteIfSuspended(requested)
                }
            } catch {
                // A client that waits for the acknowledgement looks for Jobs once more after it.
                logger.warning(
                    "Jobs may have been created although the scaler is suspended", metadata: ["error": "\(error)"])
                return nil
            }
        }.value
        guard let deleted else { return }
        round.skipReason = .suspended
        round.rolledBack = deleted
        round.created = []
    }

    /// - Returns: the Jobs that were deleted; `nil` if the scaler is not suspended.
    private func deleteIfSuspended(_ jobs: [String]) async throws -> [String]? {
        guard try await ownDeployment()?.isSuspended == true else { return nil }
        var deleted: [String] = []
        for job in jobs where try await client.delete(.jobs, job, in: group.namespace, DeleteOptions(.foreground)) {
            deleted.append(job)
        }
        return deleted
    }
}

/// Runs rounds of the scaler for as long as it leads.
package struct ScalerLoop: Sendable {
    private let election: LeaderElection
    private let interval: Duration
    private let logger: Logger

    /// - Parameter interval: the wait between the end of a round and the start of the next.
    package init(election: LeaderElection, interval: Duration, logger: Logger) {
        self.election = election
        self.interval = interval
        self.logger = logger
    }

    /// Runs until the task is cancelled. A failed round is logged, and repeated after the interval.
    ///
    /// - Parameter round: one round, which reports its own success.
    /// - Throws: ``KubernetesError`` if the Lease may not be read or written, or `CancellationError`.
    package func run(_ round: @escaping @Sendable () async throws -> Void) async throws {
        try await election.run {
            while true {
                do {
                    try await round()
                } catch is CancellationError {
                    throw CancellationError()
                } catch {
                    logger.error("round failed", metadata: ["error": "\(error)"])
                }
                try await Task.sleep(for: interval)
            }
        }
    }
}
