/// The outcome of a simulated exploration.
package struct SimulationResult: Sendable {
    package enum End: String, Sendable, Codable {
        /// All points have been run.
        case finished
        /// The limit on points has been reached.
        case limitReached = "limit-reached"
        /// The wall time in which runs may begin is over.
        case timeOver = "wall-time-over"
        /// The core-hours are used up.
        case coreTimeSpent = "core-hours-spent"
        /// The observer stopped the simulation.
        case stopped
    }

    package let end: End
    package let counts: RunCounts
    package let spent: WorkerTime
    /// The busy time of sql-clients and masters, in seconds.
    package let sqlClientTime: Double
    package let masterTime: Double
    package let timeline: Timeline
    /// Points without a verdict in the oracle.
    package let unknownToOracle: Int

    /// The time from the first point to the last, in seconds.
    package var wallTime: Double { timeline.end }

    /// The time at which a fraction of all finished points was finished, in seconds.
    package func time(untilFinished share: Double) -> Double {
        let samples = timeline.samples(of: .finished)
        let wanted = share * Double(counts.finished)
        return samples.first { $0.level >= wanted }?.time ?? wallTime
    }
}

/// The numbers of points and runs by outcome.
package struct RunCounts: Sendable, Hashable, Codable {
    package var stable = 0
    package var unstable = 0
    /// Points that used up their attempts.
    package var givenUp = 0
    /// Points in the ledger that were not completed.
    package var left = 0
    /// Started runs.
    package var attempts = 0
    /// Runs that ended in an error, including those at the time limit.
    package var failed = 0
    package var timedOut = 0
    /// Runs whose worker was lost.
    package var preempted = 0
    /// Lost workers, including idle ones.
    package var lostWorkers = 0
    /// Proposals, including repeated ones.
    package var proposals = 0
    /// Proposals of points that the ledger already had.
    package var repeatedProposals = 0

    package var finished: Int { stable + unstable + givenUp }
}

/// The use of the workers' time, in seconds.
package struct WorkerTime: Sendable, Hashable, Codable {
    /// Runs with a verdict.
    package var useful = 0.0
    /// Runs with an error.
    package var failed = 0.0
    /// Runs whose worker was lost.
    package var preempted = 0.0
    /// Everything between runs.
    package var overhead = 0.0
    package var idle = 0.0

    package var all: Double { useful + failed + preempted + overhead + idle }
}
