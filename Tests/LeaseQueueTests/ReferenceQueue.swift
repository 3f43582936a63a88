import LeaseQueue

/// What a queue should do, as plainly as it can be said: the model that the real one is compared with.
struct ReferenceQueue {
    struct Entry {
        let job: Job
        let origin: FencingToken?
        var failures = 0
        var crashes = 0
        var releases = 0
    }

    let configuration: QueueConfiguration
    var jobs: [String: Entry] = [:]
    var ready: [Int: [String]] = [:]
    var delayed: Set<String> = []
    var leased: [String: FencingToken] = [:]
    var dead: Set<String> = []
    var histories: Set<String> = []
    /// For each consumer the tokens that it ended leases with.
    var finished: [String: Set<FencingToken>] = [:]
    /// Whether every lease and every delay has run out, and waits to be taken up.
    var timeHasPassed = false

    var state: QueueState {
        QueueState(
            ready: ready.filter { !$0.value.isEmpty }, delayed: delayed, leased: Set(leased.keys), dead: dead,
            jobs: Set(jobs.keys), held: Set(leased.keys), histories: histories)
    }

    mutating func enqueue(_ job: Job, origin: FencingToken? = nil) -> Bool {
        guard jobs[job.id] == nil else { return false }
        jobs[job.id] = Entry(job: job, origin: origin)
        if job.delay > .zero {
            delayed.insert(job.id)
        } else {
            ready[job.priority, default: []].append(job.id)
        }
        return true
    }

    /// Ends a lease; whether it counted, and whether the job died of it.
    mutating func end(_ outcome: Outcome, by consumer: String) -> (result: FinishResult, died: Bool) {
        let lease = outcome.lease
        guard leased[lease.id] == lease.token else {
            return (finished[consumer, default: []].contains(lease.token) ? .alreadyDone : .stale, false)
        }
        leased[lease.id] = nil
        finished[consumer, default: []].insert(lease.token)
        switch outcome {
        case .complete:
            jobs[lease.id] = nil
            histories.remove(lease.id)
        case .fail:
            jobs[lease.id]!.failures += 1
            histories.insert(lease.id)
            if jobs[lease.id]!.failures >= configuration.maximumAttempts {
                dead.insert(lease.id)
                return (.done, true)
            }
            // Without backoff it is due at once.
            due.append(lease.id)
        case .release:
            jobs[lease.id]!.releases += 1
            released.append(lease.id)
        }
        return (.done, false)
    }

    private var due: [String] = []
    private var released: [String] = []

    init(configuration: QueueConfiguration) {
        self.configuration = configuration
    }

    /// Puts released jobs to the front again.
    mutating func takeReleased() {
        for id in released.reversed() { ready[jobs[id]!.job.priority, default: []].insert(id, at: 0) }
        released = []
    }

    /// Takes up what ran out.
    /// - Returns: the jobs that died of it, with their last tokens.
    mutating func takeUp() -> [(id: String, token: FencingToken)] {
        var died: [(id: String, token: FencingToken)] = []
        if timeHasPassed {
            for id in leased.keys.sorted().reversed() {
                let token = leased.removeValue(forKey: id)!
                jobs[id]!.crashes += 1
                histories.insert(id)
                if jobs[id]!.crashes >= configuration.maximumCrashes {
                    dead.insert(id)
                    died.append((id, token))
                } else {
                    ready[jobs[id]!.job.priority, default: []].insert(id, at: 0)
                }
            }
        }
        let risen = (timeHasPassed ? delayed.sorted() : []) + due.sorted()
        for id in risen {
            delayed.remove(id)
            ready[jobs[id]!.job.priority, default: []].append(id)
        }
        due = []
        timeHasPassed = false
        return died
    }

    /// The ids of the next jobs, taken out of the ready ones.
    mutating func takeNext(_ count: Int) -> [String] {
        var ids: [String] = []
        for priority in Job.priorities.reversed() {
            let taken = ready[priority, default: []].prefix(count - ids.count)
            ids += taken
            ready[priority]?.removeFirst(taken.count)
        }
        return ids
    }

    /// Whether a lease tells of its job what it should.
    func describes(_ lease: Lease) -> Bool {
        guard let entry = jobs[lease.id] else { return false }
        return lease.payload == entry.job.payload && lease.priority == entry.job.priority
            && lease.originToken == entry.origin && lease.attempt == entry.failures + 1
            && lease.deliveries == entry.failures + entry.crashes + entry.releases + 1
    }
}
