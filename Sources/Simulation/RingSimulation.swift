internal import DequeModule
package import ParameterSpace
internal import Support

/// A discrete-event simulation of an exploration's ring: the same queues, roles and search, with an oracle in place of
/// the model and a clock that jumps from one event to the next.
///
/// Not simulated: the latency of Redis and the network, wake-ups, and the computing time of an adaptive search. The
/// cost is O(log w) for each event with w workers; a point has about five events, and takes the memory of
/// ``PointTable`` and two more bytes.
package struct RingSimulation {
    let settings: SimulationSettings
    var search: Search
    /// The search that begins when ``search`` is complete.
    var following: Search?
    var oracle: any Oracle

    var events = EventQueue()
    var now = 0.0
    var timeline = Timeline()
    /// Jobs in all queues, including leased and delayed ones.
    var jobs = 0
    var counts = RunCounts()
    var spent = WorkerTime()

    var points: PointTable
    var flags: [PointFlags] = []
    var known = 0

    // The workers and their queues.
    var workers: WorkerPool
    var main = PriorityQueues<PointTable.Number>()
    /// Points that wait for their next attempt.
    var delayed = 0
    /// Points of lost workers whose leases have not ended.
    var abandoned = 0
    var failureCounts: [PointTable.Number: FailureCounts] = [:]
    var randomRunTimes: SplitMix64
    var randomFailures: SplitMix64
    var randomLosses: SplitMix64

    // The sql-clients and their queues.
    var proposals = PriorityQueues<PointTable.Number>()
    var results = Deque<PointTable.Number>()
    var errorMessages = 0
    var runningMessages = 0
    var sqlClients: [SQLClientState]
    var proposalsInWork = 0
    var resultsInWork = 0
    var sqlClientTime = 0.0

    // The masters, and the plan or global search.
    var explore = Deque<PointTable.Number>()
    var masters: [Expansion?]
    var exploreInWork = 0
    var masterTime = 0.0
    var memory = ProposalMemory()
    var nextIndex = 0
    var finished: [FinishedPoint] = []
    let batchOfPlan: Int
    let batchOfMaster: Int

    /// The numbers of failed and crashed attempts of a point.
    struct FailureCounts {
        var failures = 0
        var crashes = 0
    }

    /// The progress of a simulation.
    package struct Progress: Sendable {
        /// The simulated time, in seconds.
        package let time: Double
        package let finished: Int
        package let known: Int
    }

    /// - Parameter starts: the start points of a local or a global search; `nil` for the start values of all
    ///   parameters.
    /// - Returns: `nil` if the strategy does not suit the space; see ``Strategy/search(in:)``.
    package init?(
        _ strategy: Strategy, in space: Space, starts: [Point]? = nil, settings: SimulationSettings, oracle: any Oracle
    ) {
        guard let search = strategy.search(in: space), let start = space.start else { return nil }
        if case .local(let local) = search, let first = local.first {
            self.search = .local(first)
            following = search
        } else {
            self.search = search
        }
        self.settings = settings
        self.oracle = oracle
        points = PointTable(space, columns: PointTable.columns(of: space, for: strategy))
        workers = WorkerPool(slots: settings.workers)
        randomRunTimes = SplitMix64(seed: settings.seed, purpose: 1)
        randomFailures = SplitMix64(seed: settings.seed, purpose: 2)
        randomLosses = SplitMix64(seed: settings.seed, purpose: 3)
        sqlClients = [SQLClientState](repeating: SQLClientState(), count: settings.sqlClients)
        masters = [Expansion?](repeating: nil, count: settings.masters)
        batchOfPlan = if case .adaptive(let adaptive) = strategy { adaptive.batch } else { 0 }
        let mostProposals = if case .local(let search) = search { search.maxProposals } else { 1 }
        batchOfMaster = max(1, min(256, 4_096 / max(1, mostProposals)))

        if case .sequence = search {
        } else {
            for start in starts ?? [start] { propose(start, priority: Proposal.defaultPriority) }
        }
        for slot in 0..<UInt32(settings.workers) { addWorker(slot) }
    }

    /// Simulates the whole exploration.
    ///
    /// - Parameter observe: called from time to time with the progress; `false` stops the simulation.
    package mutating func run(observing observe: (Progress) -> Bool = { _ in true }) -> SimulationResult {
        var handled = 0
        var end: SimulationResult.End?
        startIdleRoles()
        end = ending
        while end == nil, let event = events.next() {
            timeline.extend(to: event.time, gauges)
            now = event.time
            handle(event)
            startIdleRoles()
            end = ending
            handled += 1
            if handled & 0x3FFF == 0, !observe(Progress(time: now, finished: counts.finished, known: known)) {
                end = .stopped
            }
        }
        timeline.extend(to: now, gauges)
        spent.idle = timeline.integral(.present) - timeline.integral(.busy)
        counts.left = known - counts.finished
        return SimulationResult(
            end: end ?? .finished, counts: counts, spent: spent, sqlClientTime: sqlClientTime, masterTime: masterTime,
            timeline: timeline, unknownToOracle: oracle.unknownCount)
    }

    private mutating func handle(_ event: Event) {
        switch event.kind {
        case .runEnds where event.generation == workers.generations[Int(event.subject)]: endRun(event.subject)
        case .workerIsLost where event.generation == workers.generations[Int(event.subject)]: loseWorker(event.subject)
        case .runEnds, .workerIsLost: break
        case .workerArrives: addWorker(event.subject)
        case .leaseEnds: reclaim(event.subject)
        case .retryIsDue: retry(event.subject)
        case .sqlClientIsDone: endTransaction(Int(event.subject))
        case .masterIsDone: endExpansion(Int(event.subject))
        }
    }

    /// Lets every idle role begin its next work.
    private mutating func startIdleRoles() {
        proposeNextBatch()
        startTransactions()
        startExpansions()
        dispatch()
    }

    /// The reason why the exploration has ended; `nil` if it has not.
    private var ending: SimulationResult.End? {
        if jobs == 0 { return .finished }
        guard workers.busyCount == 0, jobs == main.count + delayed + abandoned else { return nil }
        return budgetSpent
    }

    /// The exhausted part of the budget, after which no run begins; `nil` while all parts have something left.
    var budgetSpent: SimulationResult.End? {
        if let limit = settings.limit, counts.finished >= limit { return .limitReached }
        if let last = settings.lastBegin, now >= last { return .timeOver }
        if let limit = settings.coreTime, spent.useful + spent.failed >= limit { return .coreTimeSpent }
        return nil
    }

    private var gauges: Gauges {
        var gauges = Gauges.zero
        gauges[.busy] = Double(workers.busyCount)
        gauges[.present] = Double(workers.presentCount)
        gauges[.main] = Double(main.count)
        gauges[.proposals] = Double(proposals.count + proposalsInWork)
        gauges[.results] = Double(results.count + resultsInWork)
        gauges[.explore] = Double(explore.count + exploreInWork)
        gauges[.finished] = Double(counts.finished)
        gauges[.known] = Double(known)
        return gauges
    }
}
