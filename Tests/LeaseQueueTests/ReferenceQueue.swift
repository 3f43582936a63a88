import LeaseQueue

/// A simple model of a queue, with which the real one is compared.
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
    var control = ControlState.run
    var budget: Int?
    var limit: Int?
    /// The events so far.
    var rates = QueueRates()
    /// For each consumer the tokens of the leases that it ended.
    var finished: [String: Set<FencingToken>] = [:]
    /// Whether all leases have expired and all delayed jobs are due, but the queue has not handled that yet.
    var timeHasPassed = false
    private var due: [String] = []
    private var released: [String] = []

    init(configuration: QueueConfiguration) {
        self.configuration = configuration
    }

    var state: QueueState {
        QueueState(
            ready: ready.filter { !$0.value.isEmpty }, delayed: delayed, leased: Set(leased.keys), dead: dead,
            jobs: Set(jobs.keys), held: Set(leased.keys), histories: histories)
    }

    var counts: QueueCounts {
        QueueCounts(
            ready: ready.values.reduce(0) { $0 + $1.count }, delayed: delayed.count, leased: leased.count,
            dead: dead.count)
    }

    /// Adds jobs; new ones only up to the limit.
    mutating func offer(_ jobs: [Job]) -> [EnqueueResult] {
        jobs.map { job in
            if self.jobs[job.id] != nil { return .known }
            if self.jobs.count >= min(configuration.maximumJobs ?? .max, limit ?? .max) { return .refused }
            _ = insert(job, origin: nil)
            return .new
        }
    }

    mutating func insert(_ job: Job, origin: FencingToken?) -> Bool {
        guard jobs[job.id] == nil else { return false }
        jobs[job.id] = Entry(job: job, origin: origin)
        rates.enqueued += 1
        if job.delay > .zero {
            delayed.insert(job.id)
        } else {
            ready[job.priority, default: []].append(job.id)
        }
        return true
    }

    /// Ends a lease. Returns its result, and whether the job became a dead letter.
    mutating func end(_ outcome: Outcome, by consumer: String) -> (result: FinishResult, died: Bool) {
        let lease = outcome.lease
        guard leased[lease.id] == lease.token else {
            return (finished[consumer, default: []].contains(lease.token) ? .alreadyDone : .stale, false)
        }
        leased[lease.id] = nil
        finished[consumer, default: []].insert(lease.token)
        switch outcome {
        case .complete:
            rates.completed += 1
            spend()
            jobs[lease.id] = nil
            histories.remove(lease.id)
        case .fail, .giveUp:
            rates.failed += 1
            jobs[lease.id]!.failures += 1
            histories.insert(lease.id)
            var isLast = false
            if case .giveUp = outcome { isLast = true }
            if isLast || jobs[lease.id]!.failures >= configuration.maximumAttempts {
                bury(lease.id)
                return (.done, true)
            }
            // Without backoff it is due at once.
            due.append(lease.id)
        case .release:
            rates.released += 1
            jobs[lease.id]!.releases += 1
            released.append(lease.id)
        }
        return (.done, false)
    }

    private mutating func bury(_ id: String) {
        rates.dead += 1
        dead.insert(id)
        spend()
    }

    private mutating func spend() {
        budget = budget.map { max($0 - 1, 0) }
    }

    /// Returns released jobs to the front.
    mutating func takeReleased() {
        for id in released.reversed() { ready[jobs[id]!.job.priority, default: []].insert(id, at: 0) }
        released = []
    }

    /// Takes back expired leases and makes due jobs ready.
    /// - Returns: the jobs that became dead letters, with their last tokens.
    mutating func takeUp() -> [(id: String, token: FencingToken)] {
        var died: [(id: String, token: FencingToken)] = []
        if timeHasPassed {
            for id in Self.ordered(leased.keys).reversed() {
                let token = leased.removeValue(forKey: id)!
                rates.crashed += 1
                jobs[id]!.crashes += 1
                histories.insert(id)
                if jobs[id]!.crashes >= configuration.maximumCrashes {
                    bury(id)
                    died.append((id, token))
                } else {
                    ready[jobs[id]!.job.priority, default: []].insert(id, at: 0)
                }
            }
        }
        let risen = (timeHasPassed ? Self.ordered(delayed) : []) + Self.ordered(due)
        for id in risen {
            delayed.remove(id)
            ready[jobs[id]!.job.priority, default: []].append(id)
        }
        due = []
        timeHasPassed = false
        return died
    }

    /// Sorts ids like the server: byte by byte.
    private static func ordered(_ ids: some Sequence<String>) -> [String] {
        ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Removes the next jobs from the ready ones, and returns their ids.
    mutating func takeNext(_ count: Int) -> [String] {
        guard control == .run else { return [] }
        let count = min(count, budget.map { max($0 - leased.count, 0) } ?? .max)
        var ids: [String] = []
        for priority in Job.priorities.reversed() {
            let taken = ready[priority, default: []].prefix(count - ids.count)
            ids += taken
            ready[priority]?.removeFirst(taken.count)
        }
        rates.leased += ids.count
        return ids
    }

    /// The control state that replies have.
    var controlState: ControlState { budget == 0 && control != .stop ? .drain : control }

    /// Makes dead letters ready again. Returns how many of the ids were dead letters.
    mutating func retry(_ ids: [String]) -> Int {
        ids.count { id in
            guard dead.remove(id) != nil else { return false }
            jobs[id]!.failures = 0
            jobs[id]!.crashes = 0
            ready[jobs[id]!.job.priority, default: []].append(id)
            return true
        }
    }

    /// Removes jobs, or dead letters only. Returns how many of the ids were removed.
    mutating func drop(_ ids: [String], onlyDead: Bool) -> Int {
        ids.count { id in
            guard let entry = jobs[id], leased[id] == nil, !onlyDead || dead.contains(id) else { return false }
            jobs[id] = nil
            histories.remove(id)
            dead.remove(id)
            delayed.remove(id)
            ready[entry.job.priority]?.removeAll { $0 == id }
            return true
        }
    }

    mutating func purge() {
        (jobs, ready, delayed, leased, dead, histories) = ([:], [:], [], [:], [], [])
    }

    /// The place of a job, without times and holders.
    func place(of id: String) -> String {
        guard let entry = jobs[id] else { return "nowhere" }
        if leased[id] != nil { return "leased" }
        if delayed.contains(id) { return "delayed" }
        return dead.contains(id) ? "dead" : "ready \(entry.job.priority)"
    }

    /// The number of jobs ahead of a ready one.
    func position(of id: String) -> Int? {
        guard let entry = jobs[id], let index = ready[entry.job.priority]?.firstIndex(of: id) else { return nil }
        return index + ready.filter { $0.key > entry.job.priority }.values.reduce(0) { $0 + $1.count }
    }

    /// Whether a lease describes its job correctly.
    func describes(_ lease: Lease) -> Bool {
        guard let entry = jobs[lease.id] else { return false }
        return lease.payload == entry.job.payload && lease.priority == entry.job.priority
            && lease.originToken == entry.origin && lease.attempt == entry.failures + 1
            && lease.deliveries == entry.failures + entry.crashes + entry.releases + 1
    }
}
