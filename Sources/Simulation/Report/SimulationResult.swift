/// How an exploration came out that was simulated.
package struct SimulationResult: Sendable {
    package enum End: String, Sendable, Codable {
        /// Nothing is left to run.
        case finished
        /// As many points have been run as the limit allows.
        case limitReached = "limit-reached"
        /// The time is over in which runs may begin.
        case timeOver = "wall-time-over"
        /// All runs together have taken as long as they may.
        case coreTimeSpent = "core-hours-spent"
        /// The simulation was ended early, as somebody wished.
        case stopped
    }

    package let end: End
    package let counts: RunCounts
    package let spent: WorkerTime
    /// How long sql-clients and masters had something to do, in seconds.
    package let sqlClientTime: Double
    package let masterTime: Double
    package let timeline: Timeline
    /// Points that the oracle knew nothing of.
    package let unknownToOracle: Int

    /// From the first point to the last, in seconds.
    package var wallTime: Double { timeline.end }

    /// When a share of the points was finished that were finished in the end, in seconds.
    package func time(untilFinished share: Double) -> Double {
        let course = timeline.course(of: .finished)
        let wanted = share * Double(counts.finished)
        return course.first { $0.level >= wanted }?.time ?? wallTime
    }
}

/// What became of points and runs.
package struct RunCounts: Sendable, Hashable, Codable {
    package var stable = 0
    package var unstable = 0
    /// Points whose attempts were used up.
    package var givenUp = 0
    /// Points in the ledger that were not run to an end.
    package var left = 0
    /// Runs that were begun.
    package var attempts = 0
    /// Runs that ended in an error, those at the limit of time among them.
    package var failed = 0
    package var timedOut = 0
    /// Runs whose worker was lost.
    package var preempted = 0
    /// Workers that were lost, idle ones among them.
    package var lostWorkers = 0
    /// Points that were proposed, each as often as it was.
    package var proposals = 0
    /// Proposals that sql-client looked up for nothing, since the ledger had the point.
    package var repeatedProposals = 0

    package var finished: Int { stable + unstable + givenUp }
}

/// What workers spent their time on, in seconds.
package struct WorkerTime: Sendable, Hashable, Codable {
    /// Runs that gave a verdict.
    package var useful = 0.0
    /// Runs that ended in an error.
    package var failed = 0.0
    /// Runs whose worker was lost.
    package var preempted = 0.0
    /// Everything around runs.
    package var overhead = 0.0
    package var idle = 0.0

    package var all: Double { useful + failed + preempted + overhead + idle }
}
