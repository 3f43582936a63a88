internal import HTTPClient
package import KubernetesClient
package import LeaseQueue

extension Scaler {
    /// Does one round with a Job for each point.
    ///
    /// A Job is for one stay of its point among the ready jobs, and what happens to it is what happens to the lease: a
    /// point that was given back, failed or lost with its machine is ready again in time, as another delivery, and gets
    /// another Job; one that used up its chances is a dead letter and gets none.
    ///
    /// - Parameters:
    ///   - ready: so many ready jobs after the first so many.
    ///   - putBack: queues points of failed Jobs that nobody has any more, and answers the ids of those that wait now;
    ///     nil to leave failed Jobs alone.
    ///   - render: manifests for a point.
    /// - Throws: ``KubernetesError``, ``ManifestError``, and what the three throw.
    package func round(
        on work: QueueWork, policy: ScalingPolicy,
        ready: (_ offset: Int, _ limit: Int) async throws -> [ReadyJob],
        putBack: (([PointJob]) async throws -> Set<String>)? = nil,
        render: (PointJob, ScalingDecision, LiveWorkers) throws -> [Manifest]
    ) async throws -> ScalerRound {
        var census = try await client.census(of: group)
        var requeued: [String] = []
        if let putBack { requeued = try await requeue(&census, putBack) }
        var live = try await client.live(census, group)
        let plan = try await PointPlan.make(for: work, jobs: census.jobs, live: live, policy: policy, ready: ready)
        if plan.foreign > 0 {
            live.problems.append("\(plan.foreign) jobs of the queue are no points, as their ids are no hashes")
        }
        var round = ScalerRound(live: live, decision: plan.decision(live: live), isDryRun: isDryRun)
        round.failed = census.failed
        round.requeued = requeued
        let rendered = try plan.points.map { point in
            (point, try plan.render(point) { try render(point, $0, live) })
        }
        try await carryOut(&round, census) { owner, round in
            for (point, manifests) in rendered {
                try await make(manifests, decision: point.decision, owner: owner, &round)
            }
        } takeAway: { round in
            for job in plan.obstacles { round.collected += try await remove(job) }
        }
        return round
    }

    /// Puts the points of failed Jobs back, and deletes the Jobs of those that wait now, so that others can be made.
    private func requeue(
        _ census: inout WorkerCensus, _ putBack: ([PointJob]) async throws -> Set<String>
    ) async throws -> [String] {
        let failed = census.jobs.filter { $0.state == .failed }
        let waiting = try await putBack(failed.compactMap { PointJob(of: $0) })
        var requeued: [String] = []
        for job in failed where PointJob(of: job).map({ waiting.contains($0.id) }) ?? false {
            requeued += try await remove(job)
        }
        census = WorkerCensus(
            jobs: census.jobs.filter { !requeued.contains($0.metadata.name ?? "") }, pods: census.pods)
        return requeued
    }

    /// - Returns: its name, unless it was gone already.
    private func remove(_ job: JobObject) async throws -> [String] {
        guard let name = job.metadata.name, let uid = job.metadata.uid else { return [] }
        return try await client.delete(.jobs, name, in: group.namespace, DeleteOptions(.background, uid: uid))
            ? [name] : []
    }
}
