internal import LeaseQueue
package import Scaler
internal import Support

/// A cluster of spot machines and a queue, second by second, with the real decisions in the loop.
///
/// It knows what makes scaling hard: machines take a while to come and there are only so many of them at times, pods are
/// taken away one by one and in great numbers at once, their Job makes new ones in their place, run times differ widely,
/// and scalers repeat themselves. A pure function of its scenario: the same every time.
package struct ClusterSimulation {
    private enum Event {
        /// A machine has been found for a pod.
        case started(pod: Int)
        /// A pod has finished the job that it began as its so manieth.
        case completed(pod: Int, life: Int)
        /// A pod is taken away.
        case preempted(pod: Int)
        /// A job whose pod was taken away is ready again.
        case returned
    }

    private let scenario: SimulationScenario
    private let policy: ScalingPolicy
    private var random: SplitMix64
    private var calendar: [Int: [Event]] = [:]
    private var pods = SimulatedPods()
    private var ready = 0
    private var unfinished = 0
    private var durations = RecentMean(count: 2000)
    /// How many jobs were begun and done up to each second.
    private var history: [(begun: Int, done: Int)] = [(0, 0)]
    private var begun = 0
    private var newest: (id: String, at: Int)?
    private var names: Set<String> = []
    private var lastView: (work: QueueLoad, live: WorkerCounts)?
    private var emptySince: Int?
    private var result = SimulationResult()
    private var now = 0

    package init(_ scenario: SimulationScenario, policy: ScalingPolicy) {
        self.scenario = scenario
        self.policy = policy
        random = SplitMix64(seed: scenario.seed)
        history.reserveCapacity(scenario.duration + 2)
    }

    /// Goes through the whole time.
    package mutating func run() -> SimulationResult {
        for second in 0...scenario.duration {
            now = second
            let arriving = scenario.arrivals(at: second)
            ready += arriving
            unfinished += arriving
            for event in calendar.removeValue(forKey: second) ?? [] { handle(event) }
            if let share = scenario.massPreemptions[second] { preemptMany(share) }
            lease()
            leaveWhenIdle()
            history.append((begun, result.completed))
            if second.isMultiple(of: scenario.round) { scale() }
            if second.isMultiple(of: SimulationResult.interval) { sample() }
        }
        return result
    }

    // MARK: Pods

    private mutating func handle(_ event: Event) {
        switch event {
        case .started(let pod):
            guard pods.start(pod) else { return }
            at(after: random.exponential(mean: scenario.meanLife), .preempted(pod: pod))
        case .completed(let pod, let life):
            guard let began = pods.complete(pod, life: life) else { return }
            durations.add(Double(now - began))
            unfinished -= 1
            result.completed += 1
        case .preempted(let pod): preempt(pod)
        case .returned: ready += 1
        }
    }

    /// Takes a pod away. Its Job makes another one, as Jobs do, whether there is work or not.
    private mutating func preempt(_ pod: Int) {
        guard let wasBusy = pods.takeAway(pod, at: now) else { return }
        result.preempted += 1
        // Most are told and give their lease back; the leases of the others run out.
        if wasBusy { at(after: random.chance(0.8) ? 1 : scenario.leaseTime, .returned) }
    }

    private mutating func preemptMany(_ share: Double) {
        for pod in pods.running where random.chance(share) { preempt(pod) }
    }

    private mutating func lease() {
        while ready > 0, let (pod, life) = pods.begin(at: now) {
            ready -= 1
            begun += 1
            at(after: random.logNormal(mean: scenario.meanRunTime), .completed(pod: pod, life: life))
        }
    }

    /// Workers leave once nothing has been ready and nothing leased for the idle limit.
    private mutating func leaveWhenIdle() {
        guard unfinished == 0 else {
            emptySince = nil
            return
        }
        let since = emptySince ?? now
        emptySince = since
        guard pods.count > 0 else { return }
        if now - since >= scenario.idleLimit { pods.leave() }
        if pods.count == 0 { result.emptying.append(now - since) }
    }

    // MARK: Scaling

    private mutating func scale() {
        provision()
        let view = look()
        decide(view)
        // Now and then a scaler dies without knowing what came of its request, and the next one repeats it; or there are
        // two, and the other one has looked before the first one acted.
        if random.chance(scenario.repetition) { decide(view) }
        if random.chance(scenario.repetition), let lastView { decide(lastView) }
        lastView = view
    }

    /// Finds machines for pods, as far as there are any.
    private mutating func provision() {
        for pod in pods.provision(upTo: scenario.capacity(at: now)) {
            at(after: Int(random.uniform(in: scenario.provisioning)), .started(pod: pod))
        }
    }

    private func look() -> (work: QueueLoad, live: WorkerCounts) {
        func rates(_ seconds: Int) -> QueueRates {
            let before = history[max(0, history.count - 1 - seconds)]
            var rates = QueueRates()
            rates.leased = begun - before.begun
            rates.completed = result.completed - before.done
            return rates
        }
        let estimate = RunTimeEstimate.runTime(
            leased: pods.busy, workers: pods.busy, meanAge: pods.meanAge(at: now), lastMinute: rates(60),
            lastHour: rates(3600), limit: scenario.wallTime)
        let runTime = scenario.hasLedger ? durations.mean.map { .seconds($0) } : estimate
        let live = WorkerCounts(
            running: pods.idle + pods.busy, pending: pods.pending,
            // The scheduler says so once it has looked for a while.
            unschedulable: pods.unplaced(for: 60, at: now),
            newest: newest.map { LastScaleUp(id: $0.id, age: .seconds(now - $0.at)) })
        return (QueueLoad(ready: ready, leased: pods.busy, runTime: runTime), live)
    }

    private mutating func decide(_ view: (work: QueueLoad, live: WorkerCounts)) {
        let decision = ScalingDecision.decide(
            exploration: "simulated", queue: "main", work: view.work, live: view.live, policy: policy)
        result.withdrawn += pods.withdraw(decision.withdrawn)
        guard decision.pods > 0 else { return }
        guard names.insert(decision.id).inserted else {
            result.refused += 1
            return
        }
        result.decisions += 1
        result.added += decision.pods
        newest = (decision.id, now)
        for _ in 0..<decision.pods { pods.add(at: now) }
        result.doubled += max(0, pods.count - decision.wanted)
    }

    // MARK: Keeping

    private mutating func at(after seconds: Int, _ event: Event) {
        calendar[now + max(1, seconds), default: []].append(event)
    }

    private mutating func sample() {
        let useful = unfinished.dividedRoundingUp(by: policy.jobsPerPod)
        let forTarget = Double(unfinished) * (.seconds(scenario.meanRunTime) / policy.targetTime)
        result.samples.append(
            SimulationResult.Sample(
                time: now, work: unfinished, pods: pods.count, busy: pods.busy,
                needed: min(policy.maximum, useful, Int(forTarget.rounded(.up)))))
    }
}
