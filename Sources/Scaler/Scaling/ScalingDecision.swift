internal import LeaseQueue
internal import Support

/// How many pods to add to one queue's workers, or to take back.
///
/// A pure function of what is seen: deciding twice on the same gives the same, under the same name.
package struct ScalingDecision: Hashable, Sendable {
    /// 16 hexadecimal digits that name the decision: the same for whoever decides after the same Job, whatever the
    /// queue holds by then, and another one as soon as a Job has come of it.
    ///
    /// A Job's name is derived from it. Somebody who repeats a decision, because the answer was lost or because there
    /// are two scalers, is refused by the API server (409) instead of making a second Job.
    package let id: String
    /// Pods to add.
    package let pods: Int
    /// Pods to take back of those that wait for a node: there is no work for them any more. Pods that run are never
    /// taken: they leave by themselves.
    package let withdrawn: Int
    /// How many there should be in all.
    package let wanted: Int
    /// Why, in one sentence.
    package let reason: String

    /// Decides for one queue of one exploration.
    package static func decide(
        exploration: String, queue: String, work: WorkLoad, live: LiveWorkers, policy: ScalingPolicy
    ) -> ScalingDecision {
        let wanted = wanted(for: work, policy)
        let (change, reason) = change(to: wanted, work: work, live: live, policy: policy)
        return ScalingDecision(
            id: id(exploration: exploration, queue: queue, after: live.newest?.id), pods: max(change, 0),
            withdrawn: max(-change, 0), wanted: wanted, reason: reason)
    }

    /// How many pods empty the queue in the target time and its tolerance, within the policy's bounds.
    ///
    /// The tolerance is spent where too few pods are too few: how long a job takes is known by a sample alone, of which
    /// the last to end are the longest, so it is said too long rather than too short. Pods that are too many are paid for
    /// and then idle; with too few the work takes a little longer.
    private static func wanted(for work: WorkLoad, _ policy: ScalingPolicy) -> Int {
        guard work.control == .run, work.outstanding > 0 else { return 0 }
        let useful = work.outstanding.dividedUp(by: policy.jobsPerPod)
        var pods = policy.firstPods
        if let runTime = work.runTime {
            let time = policy.targetTime * (1 + policy.tolerance)
            let forTarget = (Double(work.outstanding) * (runTime / time)).rounded(.up)
            pods = max(1, Int(min(forTarget, Double(policy.maximum))))
        }
        pods = min(pods, useful)
        return min(max(pods, min(policy.minimum, useful)), policy.maximum)
    }

    private static func change(
        to wanted: Int, work: WorkLoad, live: LiveWorkers, policy: ScalingPolicy
    ) -> (pods: Int, reason: String) {
        switch work.control {
        case .pause: return (0, "the queue is paused")
        case .drain, .stop:
            return withdrawal(to: wanted, live, policy, jobs: 0) ?? (0, "the queue's consumers are told to leave")
        case .run: break
        }
        if let withdrawal = withdrawal(to: wanted, live, policy, jobs: work.outstanding) { return withdrawal }
        guard work.outstanding > 0 else { return (0, "there is no work") }
        let lacking = wanted - live.total
        guard lacking > 0 else { return (0, "\(live.total) pods are enough for \(work.outstanding) jobs") }
        if Double(lacking) <= policy.tolerance * Double(live.total) {
            return (0, "\(live.total) pods are near enough to the \(wanted) wanted")
        }
        if live.failedJobs >= policy.failureLimit {
            return (0, "\(live.failedJobs) Jobs have failed: more would too until their reason is gone")
        }
        if live.unschedulable > 0 {
            return (0, "\(live.unschedulable) pods find no node: more would only wait with them")
        }
        if let newest = live.newest, newest.age < policy.coolDown {
            return (0, "\(lacking) pods are lacking, but the last were added a moment ago")
        }
        let step = min(lacking, policy.stepUp)
        return (step, "\(work.outstanding) jobs want \(wanted) pods, and there are \(live.total)")
    }

    /// Pods that wait although there are fewer jobs than pods: they would find nothing to do.
    ///
    /// It goes by the number of jobs, which is certain, and not by how long they take: so what is taken back is never
    /// added again for the same work.
    private static func withdrawal(
        to wanted: Int, _ live: LiveWorkers, _ policy: ScalingPolicy, jobs: Int
    ) -> (pods: Int, reason: String)? {
        let surplus = min(live.total - max(wanted, jobs), live.pending, policy.stepDown)
        guard surplus > 0, live.newest?.age ?? policy.coolDown >= policy.coolDown else { return nil }
        return (-surplus, "\(surplus) pods that wait for a node have no work any more")
    }

    private static func id(exploration: String, queue: String, after previous: String?) -> String {
        // None of the parts can hold a newline, so no two lists of parts are the same text.
        let text = [exploration, queue, previous ?? "none"].joined(separator: "\n")
        return String(Hexadecimal.encode(SHA256.hash(text.utf8)).prefix(16))
    }
}

extension Int {
    /// For counts: divided, and rounded up.
    package func dividedUp(by divisor: Int) -> Int {
        self / divisor + (isMultiple(of: divisor) ? 0 : 1)
    }
}
