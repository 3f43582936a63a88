internal import HTTPClient
internal import KubernetesClient
internal import Support

/// Counts workers, out of lists of Jobs and pods: pure.
///
/// A Job whose pods the cluster has not made yet counts as if they were pending: otherwise a second look right after
/// the first would find nothing, and everything would be made twice. The Jobs must be listed before the pods.
struct WorkerCensus: Sendable {
    let jobs: [JobObject]
    let pods: [PodObject]

    /// Of each active Job the pods that it should have and has not, by the Job's name.
    var missing: [String: Int] {
        let byJob = Dictionary(grouping: pods) { $0.jobName ?? "" }
        var missing: [String: Int] = [:]
        for job in jobs where job.state == .active && job.metadata.deletionTimestamp == nil {
            guard let name = job.metadata.name else { continue }
            let own = byJob[name] ?? []
            let wanted = Self.wanted(job, hasSucceeded: own.contains { $0.status?.phase == "Succeeded" })
            let lacking = wanted - own.count { !$0.isOver }
            if lacking > 0 { missing[name] = lacking }
        }
        return missing
    }

    /// - Parameters:
    ///   - events: of kind `FailedCreate` about Jobs.
    ///   - now: seconds since 1970, which the ages of Jobs are counted up to.
    func live(events: [EventObject], at now: Int) -> LiveWorkers {
        let alive = pods.filter { !$0.isOver }
        let running = alive.count { $0.status?.phase == "Running" }
        let missing = missing
        var live = LiveWorkers()
        live.running = running
        live.pending = alive.count - running + missing.values.reduce(0, +)
        live.unschedulable = alive.count { $0.schedulingProblem != nil }
        live.activeJobs = jobs.count { $0.state == .active }
        live.failedJobs = jobs.count { $0.state == .failed }
        live.finishedJobs = jobs.count { $0.state == .complete }
        live.newest = newest(at: now)
        live.problems = problems(of: alive, missing: missing, events: events)
        return live
    }

    /// The Jobs that failed, and how their last pods ended.
    var failed: [FailedJob] {
        let byJob = Dictionary(grouping: pods) { $0.jobName ?? "" }
        return jobs.filter { $0.state == .failed }.compactMap {
            FailedJob($0, pods: byJob[$0.metadata.name ?? ""] ?? [])
        }
    }

    /// The decision that the newest Job was made by.
    private func newest(at now: Int) -> MadeDecision? {
        let made = jobs.compactMap { job -> (id: String, at: Int)? in
            guard let id = job.metadata.annotations?[Annotations.decision],
                let at = job.metadata.creationTimestamp.flatMap(UTC.seconds)
            else { return nil }
            return (id, at)
        }
        return made.max { $0.at < $1.at }.map { MadeDecision(id: $0.id, age: .seconds(max(0, now - $0.at))) }
    }

    /// How many pods a Job should have now. One without completions makes none any more once one of them succeeded.
    private static func wanted(_ job: JobObject, hasSucceeded: Bool) -> Int {
        let parallelism = job.spec?.parallelism ?? 1
        guard let completions = job.spec?.completions else {
            return hasSucceeded || (job.status?.succeeded ?? 0) > 0 ? 0 : parallelism
        }
        return min(parallelism, completions - (job.status?.succeeded ?? 0))
    }

    private func problems(of alive: [PodObject], missing: [String: Int], events: [EventObject]) -> [String] {
        var problems = Self.grouped(alive.compactMap(\.schedulingProblem), "cannot be scheduled")
        problems += Self.grouped(alive.compactMap(\.containerProblem), "cannot run")
        for (name, count) in missing.sorted(by: { $0.key < $1.key }) {
            let newest = events.last { $0.involvedObject.name == name }
            guard let message = newest?.message else { continue }
            problems.append("Job '\(name)' cannot create \(Self.pods(count)): \(message)")
        }
        problems += failed.map(\.sentence)
        return problems
    }

    /// One sentence for all pods with the same problem, the most frequent first.
    private static func grouped(_ reasons: [String], _ what: String) -> [String] {
        Dictionary(grouping: reasons) { $0 }.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
            .map { "\(pods($0.value.count)) \(what): \($0.key)" }
    }

    private static func pods(_ count: Int) -> String {
        count == 1 ? "1 pod" : "\(count) pods"
    }
}
