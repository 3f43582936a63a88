internal import KubernetesClient

/// Takes back pods that wait for a node: pure.
struct Withdrawal: Sendable, Hashable {
    private struct Patch: Encodable {
        struct Spec: Encodable { let parallelism: Int }
        let spec: Spec
    }

    /// The Job that the pods belong to.
    let job: String
    let uid: String
    /// How many pods the Job keeps; with none left it is deleted.
    let keeps: Int

    /// From which Jobs so many waiting pods are taken, the newest Jobs first.
    static func plan(_ count: Int, from census: WorkerCensus) -> [Withdrawal] {
        let byJob = Dictionary(grouping: census.pods.filter { !$0.isOver }) { $0.jobName ?? "" }
        let missing = census.missing
        let newestFirst = census.jobs.filter { job in
            job.state == .active && job.metadata.labels?[Labels.managedBy] == Labels.scaler
        }.sorted { ($0.metadata.creationTimestamp ?? "") > ($1.metadata.creationTimestamp ?? "") }
        var left = count
        var plan: [Withdrawal] = []
        for job in newestFirst where left > 0 {
            guard let name = job.metadata.name, let uid = job.metadata.uid else { continue }
            let own = byJob[name] ?? []
            let all = own.count + (missing[name] ?? 0)
            let taken = min(left, all - own.count { $0.status?.phase == "Running" })
            guard taken > 0 else { continue }
            left -= taken
            plan.append(Withdrawal(job: name, uid: uid, keeps: all - taken))
        }
        return plan
    }

    /// Does it. The cluster ends pods that do not run before those that do.
    func carryOut(_ client: KubernetesClient, in namespace: String) async throws {
        if keeps == 0 {
            try await client.delete(.jobs, job, in: namespace, DeleteOptions(.background, uid: uid))
        } else {
            try await client.patch(.jobs, job, in: namespace, with: Patch(spec: .init(parallelism: keeps)))
        }
    }
}
