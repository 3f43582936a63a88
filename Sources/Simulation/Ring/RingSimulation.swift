internal import DequeModule
package import ParameterSpace
internal import Support

/// The ring of an exploration, simulated event by event: the same queues, roles and search, with an oracle in place of
/// the model and a clock that jumps from one event to the next.
///
/// What is left out: the time that Redis needs and a message travels, wake-ups, and the time in which an adaptive search
/// thinks. The cost is O(log w) for each event with w workers; a point has some five events, and takes the memory of
/// ``PointRegister`` and two bytes more.
package struct RingSimulation {
    let settings: SimulationSettings
    var search: Search
    /// What follows once the search has come to its end.
    var following: Search?
    var oracle: any Oracle

    var agenda = Agenda()
    var now = 0.0
    var timeline = Timeline()
    /// Jobs in all queues, leased and delayed ones included.
    var jobs = 0
    var counts = RunCounts()
    var spent = WorkerTime()

    var points: PointRegister
    var notes: [PointNote] = []
    var known = 0

    // The workers and what they take from.
    var crew: Crew
    var main = PointLines()
    /// Points that wait for their next attempt.
    var delayed = 0
    /// Points whose workers were lost and whose leases have not ended.
    var abandoned = 0
    var tries: [PointRegister.Number: Tries] = [:]
    var runTimes: SplitMix64
    var mishaps: SplitMix64
    var losses: SplitMix64

    // The sql-clients and what they take from.
    var proposals = PointLines()
    var results = Deque<PointRegister.Number>()
    var errorMessages = 0
    var runningMessages = 0
    var desks: [LedgerDesk]
    var proposalsInWork = 0
    var resultsInWork = 0
    var sqlClientTime = 0.0

    // The masters, and where points come from that no stable point leads to.
    var explore = Deque<PointRegister.Number>()
    var masters: [Expansion?]
    var exploreInWork = 0
    var masterTime = 0.0
    var memory = ProposalMemory()
    var nextIndex = 0
    var finished: [FinishedPoint] = []
    let batchOfPlan: Int
    let batchOfMaster: Int

    /// How often a point failed, and how often its worker was lost.
    struct Tries {
        var failures = 0
        var crashes = 0
    }

    /// Where a simulation has got to.
    package struct Progress: Sendable {
        /// In the exploration, in seconds.
        package let time: Double
        package let finished: Int
        package let known: Int
    }

    /// - Parameter starts: where a search begins that is no plan; nil for the start values of all parameters.
    /// - Returns: nil where the strategy does not go with the space; see ``Strategy/search(in:)``.
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
        points = PointRegister(space, columns: PointRegister.columns(of: space, for: strategy))
        crew = Crew(places: settings.workers)
        runTimes = SplitMix64(seed: settings.seed, purpose: 1)
        mishaps = SplitMix64(seed: settings.seed, purpose: 2)
        losses = SplitMix64(seed: settings.seed, purpose: 3)
        desks = [LedgerDesk](repeating: LedgerDesk(), count: settings.sqlClients)
        masters = [Expansion?](repeating: nil, count: settings.masters)
        batchOfPlan = if case .adaptive(let adaptive) = strategy { adaptive.batch } else { 0 }
        let mostProposals = if case .local(let search) = search { search.largestAnswer } else { 1 }
        batchOfMaster = max(1, min(256, 4_096 / max(1, mostProposals)))

        if case .sequence = search {
        } else {
            for start in starts ?? [start] { propose(start, priority: Proposal.ordinary) }
        }
        for place in 0..<UInt32(settings.workers) { arrive(place) }
    }

    /// Goes through the whole exploration.
    ///
    /// - Parameter observe: told from time to time how far it is; false ends the simulation.
    package mutating func run(observing observe: (Progress) -> Bool = { _ in true }) -> SimulationResult {
        var events = 0
        var end: SimulationResult.End?
        settle()
        end = ending
        while end == nil, let event = agenda.next() {
            timeline.extend(to: event.time, levels)
            now = event.time
            handle(event)
            settle()
            end = ending
            events += 1
            if events & 0x3FFF == 0, !observe(Progress(time: now, finished: counts.finished, known: known)) {
                end = .stopped
            }
        }
        timeline.extend(to: now, levels)
        spent.idle = timeline.integral(.present) - timeline.integral(.busy)
        counts.left = known - counts.finished
        return SimulationResult(
            end: end ?? .finished, counts: counts, spent: spent, sqlClientTime: sqlClientTime, masterTime: masterTime,
            timeline: timeline, unknownToOracle: oracle.unknownCount)
    }

    private mutating func handle(_ event: Event) {
        switch event.kind {
        case .runEnds where event.generation == crew.generations[Int(event.subject)]: endRun(event.subject)
        case .workerIsLost where event.generation == crew.generations[Int(event.subject)]: lose(event.subject)
        case .runEnds, .workerIsLost: break
        case .workerArrives: arrive(event.subject)
        case .leaseEnds: reclaim(event.subject)
        case .retryIsDue: retry(event.subject)
        case .sqlClientIsDone: endTransaction(Int(event.subject))
        case .masterIsDone: endExpansion(Int(event.subject))
        }
    }

    /// Lets everybody begin who has something to do.
    private mutating func settle() {
        feed()
        serveLedger()
        expand()
        dispatch()
    }

    /// How it has come to an end, if it has.
    private var ending: SimulationResult.End? {
        if jobs == 0 { return .finished }
        guard crew.busyCount == 0, jobs == main.count + delayed + abandoned else { return nil }
        return budgetSpent
    }

    /// What of the budget is spent, so that no run begins any more; nil while there is something left of everything.
    var budgetSpent: SimulationResult.End? {
        if let limit = settings.limit, counts.finished >= limit { return .limitReached }
        if let last = settings.lastBegin, now >= last { return .timeOver }
        if let most = settings.coreTime, spent.useful + spent.failed >= most { return .coreTimeSpent }
        return nil
    }

    private var levels: Levels {
        var levels = Levels.zero
        levels[.busy] = Double(crew.busyCount)
        levels[.present] = Double(crew.presentCount)
        levels[.main] = Double(main.count)
        levels[.proposals] = Double(proposals.count + proposalsInWork)
        levels[.results] = Double(results.count + resultsInWork)
        levels[.explore] = Double(explore.count + exploreInWork)
        levels[.finished] = Double(counts.finished)
        levels[.known] = Double(known)
        return levels
    }
}
