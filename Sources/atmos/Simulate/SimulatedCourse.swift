internal import Simulation

/// A simulated exploration, with what it would cost.
struct SimulatedCourse {
    let settings: SimulationSettings
    let result: SimulationResult
    /// Of a worker.
    let cores: Double
    /// Of a core-hour; nil where none is known.
    let price: Double?

    func coreHours(_ seconds: Double) -> Double { seconds / 3_600 * cores }

    var cost: Double? { price.map { coreHours(result.spent.all) * $0 } }

    /// The share of the workers' time in which they ran something.
    var utilization: Double {
        result.spent.all > 0 ? 1 - result.spent.idle / result.spent.all : 0
    }

    /// The share of the time in which the sql-clients, or the masters, had something to do.
    var sqlClientLoad: Double { load(result.sqlClientTime, settings.sqlClients) }
    var masterLoad: Double { load(result.masterTime, settings.masters) }

    private func load(_ seconds: Double, _ count: Int) -> Double {
        result.wallTime > 0 ? seconds / result.wallTime / Double(count) : 0
    }

    /// What a person should know of it besides the numbers.
    var remarks: [String] {
        var remarks: [String] = []
        let counts = result.counts
        if let why = result.end.sentence { remarks.append("\(why); \(counts.left) known points are left") }
        if counts.finished == 1, counts.stable == 0 {
            remarks.append("the start point is not stable, so nothing follows from it")
        }
        if counts.timedOut > 0 {
            remarks.append(
                "\(counts.timedOut) runs were ended at run.wall_time_seconds, \(Int(settings.wallTime ?? 0)) s")
        }
        if counts.givenUp > 0 { remarks.append("\(counts.givenUp) points were given up, their attempts used up") }
        if result.unknownToOracle > 0 {
            remarks.append("\(result.unknownToOracle) points are not in the ledger and were taken for unstable")
        }
        if sqlClientLoad > 0.9 { remarks.append("sql-client holds the workers up; more --sql-clients would help") }
        if masterLoad > 0.9 { remarks.append("master holds the workers up; more --masters would help") }
        return remarks
    }
}

extension SimulationResult.End {
    /// Why no further run began; nil where nothing was left to run.
    fileprivate var sentence: String? {
        switch self {
        case .finished, .stopped: nil
        case .limitReached: "the limit is reached"
        case .timeOver: "the wall time is over"
        case .coreTimeSpent: "the core-hours are used up"
        }
    }
}
