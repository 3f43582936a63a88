package import LeaseQueue
internal import Support

/// The number of pods to add to the workers of one queue, or to remove from them.
///
/// A pure function of the queue, the cluster and the policy: the same input gives the same decision with the same id.
package struct ScalingDecision: Hashable, Sendable {
    /// 16 hexadecimal digits: the same for every scaler that decides after the same Job, regardless of the queue, and
    /// different once a Job has been created.
    ///
    /// A Job's name is derived from it. If a decision is repeated, because the answer was lost or because two scalers
    /// run, the API server refuses the second Job (409).
    package let id: String
    /// Pods to add.
    package let pods: Int
    /// Pods to remove because there is no work for them. Only pods that wait for a node are removed; running pods leave
    /// on their own.
    package let podsToRemove: Int
    /// The number of pods that there should be in total.
    package let wanted: Int
    /// The reason, in one sentence.
    package let reason: String

    /// Decides for one queue of one exploration.
    package static func decide(
        exploration: String, queue: String, load: QueueLoad, live: WorkerCounts, policy: ScalingPolicy
    ) -> ScalingDecision {
        let wanted = wanted(for: load, policy)
        let (change, reason) = change(to: wanted, load: load, live: live, policy: policy)
        return ScalingDecision(
            id: id(exploration: exploration, queue: queue, after: live.lastScaleUp?.id), pods: max(change, 0),
            podsToRemove: max(-change, 0), wanted: wanted, reason: reason)
    }

    /// The number of pods that empty the queue within the target time and its tolerance, within the policy's limits.
    ///
    /// The tolerance is spent on fewer pods, not on more. The run time is a sample mean in which the longest runs end
    /// last, so it is too long rather than too short; and surplus pods cost money, while missing pods cost a little time.
    private static func wanted(for load: QueueLoad, _ policy: ScalingPolicy) -> Int {
        guard load.control == .run, load.outstanding > 0 else { return 0 }
        let useful = load.outstanding.dividedRoundingUp(by: policy.jobsPerPod)
        var pods = policy.firstPods
        if let runTime = load.runTime {
            let time = policy.targetTime * (1 + policy.tolerance)
            let forTarget = (Double(load.outstanding) * (runTime / time)).rounded(.up)
            pods = max(1, Int(min(forTarget, Double(policy.maximum))))
        }
        pods = min(pods, useful)
        return min(max(pods, min(policy.minimum, useful)), policy.maximum)
    }

    private static func change(
        to wanted: Int, load: QueueLoad, live: WorkerCounts, policy: ScalingPolicy
    ) -> (pods: Int, reason: String) {
        switch load.control {
        case .pause: return (0, "the queue is paused")
        case .drain, .stop:
            return removal(to: wanted, jobs: 0, live: live, policy: policy)
                ?? (0, "the queue is in state '\(load.control.rawValue)', so its workers leave")
        case .run: break
        }
        if let removal = removal(to: wanted, jobs: load.outstanding, live: live, policy: policy) { return removal }
        guard load.outstanding > 0 else { return (0, "there is no work") }
        let missing = wanted - live.total
        guard missing > 0 else { return (0, "\(live.total) pods are enough for \(load.outstanding) jobs") }
        if Double(missing) <= policy.tolerance * Double(live.total) {
            return (0, "\(live.total) pods are close enough to the \(wanted) wanted")
        }
        if live.failedJobs >= policy.failureLimit {
            return (0, "\(live.failedJobs) Jobs have failed, and more would until the cause is fixed")
        }
        if live.unschedulable > 0 {
            return (0, "\(live.unschedulable) pods cannot be scheduled, and more would only wait with them")
        }
        if let last = live.lastScaleUp, last.age < policy.coolDown {
            return (0, "\(missing) pods are missing, but the last ones were added less than the cool-down ago")
        }
        let step = min(missing, policy.stepUp)
        return (step, "\(load.outstanding) jobs need \(wanted) pods, and there are \(live.total)")
    }

    /// Removes waiting pods if there are more pods than jobs: they would find nothing to do.
    ///
    /// This depends on the number of jobs, which is certain, and not on the run time, so removed pods are never added
    /// again for the same work.
    private static func removal(
        to wanted: Int, jobs: Int, live: WorkerCounts, policy: ScalingPolicy
    ) -> (pods: Int, reason: String)? {
        let surplus = min(live.total - max(wanted, jobs), live.pending, policy.stepDown)
        guard surplus > 0, live.lastScaleUp?.age ?? policy.coolDown >= policy.coolDown else { return nil }
        return (-surplus, "there is no work left for \(surplus) waiting pods")
    }

    private static func id(exploration: String, queue: String, after previous: String?) -> String {
        // No part contains a newline, so different parts always give different texts.
        let text = [exploration, queue, previous ?? "none"].joined(separator: "\n")
        return String(Hexadecimal.encode(SHA256.hash(text.utf8)).prefix(16))
    }
}

/// The work in one queue, as far as it determines the number of workers.
package struct QueueLoad: Hashable, Sendable {
    package var ready: Int
    package var leased: Int
    /// The state that the queue's consumers follow.
    package var control: ControlState
    /// The number of jobs that may still end; `nil` for no limit.
    package var budget: Int?
    /// The recent run time of a job; `nil` if unknown.
    package var runTime: Duration?

    package init(
        ready: Int, leased: Int, control: ControlState = .run, budget: Int? = nil, runTime: Duration? = nil
    ) {
        self.ready = ready
        self.leased = leased
        self.control = control
        self.budget = budget
        self.runTime = runTime
    }

    /// The jobs that workers hold or can still lease. Jobs beyond the budget do not count.
    package var outstanding: Int {
        let leasable = max(0, min(ready, (budget ?? .max) - leased))
        return leased + leasable
    }
}

/// The worker pods and Jobs that a cluster has for one queue, counted by their labels.
package struct WorkerCounts: Hashable, Sendable {
    /// Running pods.
    package var running: Int
    /// Pods that are wanted and not yet running, including those that a Job has not created yet.
    package var pending: Int
    /// The pending pods for which the scheduler has found no node.
    package var unschedulable: Int
    /// Jobs that have neither finished nor failed.
    package var activeJobs: Int
    package var failedJobs: Int
    package var finishedJobs: Int
    /// The problems of Jobs and pods, one sentence each.
    package var problems: [String]
    /// The decision that the newest Job was created by; `nil` if there is no Job.
    package var lastScaleUp: LastScaleUp?

    package init(
        running: Int = 0, pending: Int = 0, unschedulable: Int = 0, activeJobs: Int = 0, failedJobs: Int = 0,
        finishedJobs: Int = 0, problems: [String] = [], lastScaleUp: LastScaleUp? = nil
    ) {
        self.running = running
        self.pending = pending
        self.unschedulable = unschedulable
        self.activeJobs = activeJobs
        self.failedJobs = failedJobs
        self.finishedJobs = finishedJobs
        self.problems = problems
        self.lastScaleUp = lastScaleUp
    }

    /// All pods that work or will work.
    package var total: Int { running + pending }
}

/// The decision that the newest Job was created by, read from the Job itself.
///
/// The next decision takes its id and its cool-down from here. So a scaler keeps no state, and a restarted or second
/// scaler decides as the first would have.
package struct LastScaleUp: Hashable, Sendable {
    /// The decision's id, from the Job's annotation ``Annotations/decision``.
    package var id: String
    /// The Job's age.
    package var age: Duration

    package init(id: String, age: Duration) {
        self.id = id
        self.age = age
    }
}

extension Int {
    /// The quotient of two counts, rounded up.
    package func dividedRoundingUp(by divisor: Int) -> Int {
        self / divisor + (isMultiple(of: divisor) ? 0 : 1)
    }
}
