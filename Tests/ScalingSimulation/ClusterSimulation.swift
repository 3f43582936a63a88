internal import LeaseQueue
package import Scaler
internal import Support

/// Simulates a cluster of spot machines and a queue, second by second, with the real scaling decisions.
///
/// It includes the difficulties of scaling: machines start slowly and are scarce at times, pods are preempted one by one
/// and by the hundred, their Job replaces them, run times vary widely, and scalers repeat decisions. A pure function of
/// its scenario: the same scenario always gives the same result.
package struct ClusterSimulation {
    private enum Event {
        /// A pod starts on its machine.
        case started(pod: Int)
        /// A pod finishes its n-th job.
        case completed(pod: Int, job: Int)
        /// A pod loses its machine.
        case preempted(pod: Int)
        /// The job of a preempted pod becomes ready again.
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
    /// The numbers of jobs started and completed up to each second.
    private var history: [(started: Int, completed: Int)] = [(0, 0)]
    private var started = 0
    private var lastScaleUp: (id: String, at: Int)?
    private var names: Set<String> = []
    private var lastView: (load: QueueLoad, live: WorkerCounts)?
    private var emptySince: Int?
    private var result = ScalingSimulationResult()
    private var now = 0

    package init(_ scenario: SimulationScenario, policy: ScalingPolicy) {
        self.scenario = scenario
        self.policy = policy
        random = SplitMix64(seed: scenario.seed)
        history.reserveCapacity(scenario.duration + 2)
    }

    /// Runs the whole scenario.
    package mutating func run() -> ScalingSimulationResult {
        for second in 0...scenario.duration {
            now = second
            let arriving = scenario.arrivals(at: second)
            ready += arriving
            unfinished += arriving
            for event in calendar.removeValue(forKey: second) ?? [] { handle(event) }
            if let share = scenario.massPreemptions[second] { preemptMany(share) }
            lease()
            leaveWhenIdle()
            history.append((started, result.completed))
            if second.isMultiple(of: scenario.round) { scale() }
            if second.isMultiple(of: ScalingSimulationResult.interval) { sample() }
        }
        return result
    }

    // MARK: Pods

    private mutating func handle(_ event: Event) {
        switch event {
        case .started(let pod):
            guard pods.start(pod) else { return }
            at(after: random.exponential(mean: scenario.meanLife), .preempted(pod: pod))
        case .completed(let pod, let job):
            guard let start = pods.complete(pod, job: job) else { return }
            durations.add(Double(now - start))
            unfinished -= 1
            result.completed += 1
        case .preempted(let pod): preempt(pod)
        case .returned: ready += 1
        }
    }

    /// Preempts a pod. Its Job replaces it, as Jobs do, even if there is no work.
    private mutating func preempt(_ pod: Int) {
        guard let wasBusy = pods.preempt(pod, at: now) else { return }
        result.preempted += 1
        // Most receive a signal and give their lease back; the leases of the others expire.
        if wasBusy { at(after: random.chance(0.8) ? 1 : scenario.leaseTime, .returned) }
    }

    private mutating func preemptMany(_ share: Double) {
        for pod in pods.running where random.chance(share) { preempt(pod) }
    }

    private mutating func lease() {
        while ready > 0, let (pod, job) = pods.startJob(at: now) {
            ready -= 1
            started += 1
            at(after: random.logNormal(mean: scenario.meanRunTime), .completed(pod: pod, job: job))
        }
    }

    /// Lets workers leave once nothing has been ready or leased for the idle limit.
    private mutating func leaveWhenIdle() {
        guard unfinished == 0 else {
            emptySince = nil
            return
        }
        let since = emptySince ?? now
        emptySince = since
        guard pods.count > 0 else { return }
        if now - since >= scenario.idleLimit { pods.endIdle() }
        if pods.count == 0 { result.emptying.append(now - since) }
    }

    // MARK: Scaling

    private mutating func scale() {
        provision()
        let view = look()
        decide(view)
        // Sometimes a scaler dies before it receives the answer, and the next one repeats the request; or there are two,
        // and the second has looked before the first acted.
        if random.chance(scenario.repetition) { decide(view) }
        if random.chance(scenario.repetition), let lastView { decide(lastView) }
        lastView = view
    }

    /// Assigns free machines to pods.
    private mutating func provision() {
        for pod in pods.provision(upTo: scenario.capacity(at: now)) {
            at(after: Int(random.uniform(in: scenario.provisioning)), .started(pod: pod))
        }
    }

    private func look() -> (load: QueueLoad, live: WorkerCounts) {
        func rates(_ seconds: Int) -> QueueRates {
            let before = history[max(0, history.count - 1 - seconds)]
            var rates = QueueRates()
            rates.leased = started - before.started
            rates.completed = result.completed - before.completed
            return rates
        }
        let estimate = RunTimeEstimate.runTime(
            leased: pods.busy, workers: pods.busy, meanAge: pods.meanAge(at: now), lastMinute: rates(60),
            lastHour: rates(3600), limit: scenario.wallTime)
        let runTime = scenario.hasLedger ? durations.mean.map { .seconds($0) } : estimate
        let live = WorkerCounts(
            running: pods.idle + pods.busy, pending: pods.pending,
            // The scheduler reports it after a delay.
            unschedulable: pods.unplaced(for: 60, at: now),
            lastScaleUp: lastScaleUp.map { LastScaleUp(id: $0.id, age: .seconds(now - $0.at)) })
        return (QueueLoad(ready: ready, leased: pods.busy, runTime: runTime), live)
    }

    private mutating func decide(_ view: (load: QueueLoad, live: WorkerCounts)) {
        let decision = ScalingDecision.decide(
            exploration: "simulated", queue: "main", load: view.load, live: view.live, policy: policy)
        result.removed += pods.remove(decision.podsToRemove)
        guard decision.pods > 0 else { return }
        guard names.insert(decision.id).inserted else {
            result.refused += 1
            return
        }
        result.decisions += 1
        result.added += decision.pods
        lastScaleUp = (decision.id, now)
        for _ in 0..<decision.pods { pods.add(at: now) }
        result.doubled += max(0, pods.count - decision.wanted)
    }

    // MARK: Records

    private mutating func at(after seconds: Int, _ event: Event) {
        calendar[now + max(1, seconds), default: []].append(event)
    }

    private mutating func sample() {
        let useful = unfinished.dividedRoundingUp(by: policy.jobsPerPod)
        let forTarget = Double(unfinished) * (.seconds(scenario.meanRunTime) / policy.targetTime)
        result.samples.append(
            ScalingSimulationResult.Sample(
                time: now, work: unfinished, pods: pods.count, busy: pods.busy,
                needed: min(policy.maximum, useful, Int(forTarget.rounded(.up)))))
    }
}

/// The result of a simulated cluster.
package struct ScalingSimulationResult: Sendable {
    /// Seconds between samples.
    package static let interval = 60

    package struct Sample: Sendable, Hashable {
        /// Seconds since the start.
        package let time: Int
        /// Unfinished jobs.
        package let work: Int
        /// Running and waiting pods.
        package let pods: Int
        /// Pods that run a job.
        package let busy: Int
        /// The pods that would empty the queue within the target time, by the true mean of the run times.
        package let needed: Int
    }

    package internal(set) var samples: [Sample] = []
    /// Decisions that added pods, and the number of added pods.
    package internal(set) var decisions = 0
    package internal(set) var added = 0
    /// Repeated decisions, which were refused because their name was taken.
    package internal(set) var refused = 0
    /// Pods beyond the wanted number at the time when some were created.
    package internal(set) var doubled = 0
    /// Pods that were removed before they ran.
    package internal(set) var removed = 0
    package internal(set) var completed = 0
    package internal(set) var preempted = 0
    /// The seconds from the end of the work to the end of the last pod, for each time that all pods ended.
    package internal(set) var emptying: [Int] = []

    /// The fraction by which the largest number of pods exceeded the largest needed number, in each period with pods.
    package var overshoots: [Double] {
        samples.split { $0.pods == 0 && $0.needed == 0 }.map { period in
            let (pods, needed) = (period.map(\.pods).max() ?? 0, period.map(\.needed).max() ?? 0)
            return needed > 0 ? max(0, Double(pods) / Double(needed) - 1) : Double(pods)
        }
    }

    /// The number of changes between growing and shrinking, by more than a tenth of the largest number of pods.
    package var turns: Int {
        let step = (samples.map(\.pods).max() ?? 0) / 10
        var (turns, extreme, isGrowing) = (0, 0, true)
        for sample in samples {
            if isGrowing ? sample.pods > extreme : sample.pods < extreme {
                extreme = sample.pods
            } else if abs(sample.pods - extreme) > step {
                turns += 1
                extreme = sample.pods
                isGrowing.toggle()
            }
        }
        return turns
    }

    /// The fraction of the pods' time in which they ran jobs.
    package var efficiency: Double {
        let pods = samples.reduce(0) { $0 + $1.pods }
        return pods > 0 ? Double(samples.reduce(0) { $0 + $1.busy }) / Double(pods) : 1
    }
}

/// The mean of the last `count` numbers.
struct RecentMean {
    private let count: Int
    private var numbers: [Double] = []
    private var next = 0
    private var sum = 0.0

    init(count: Int) {
        self.count = count
    }

    /// The mean; `nil` before the first number.
    var mean: Double? {
        numbers.isEmpty ? nil : sum / Double(numbers.count)
    }

    mutating func add(_ number: Double) {
        sum += number
        if numbers.count < count {
            numbers.append(number)
        } else {
            sum -= numbers[next]
            numbers[next] = number
            next = (next + 1) % count
        }
    }
}
