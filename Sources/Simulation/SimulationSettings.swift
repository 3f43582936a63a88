/// The settings of a simulated exploration. Times are in seconds.
package struct SimulationSettings: Sendable {
    package var workers: Int
    package var runTime: TimeDistribution
    /// The run time of unstable points; `nil` if it is that of stable ones.
    package var unstableRunTime: TimeDistribution?
    /// The time around a run for the lease, the run's folder and the report.
    package var overhead = 0.01
    /// The rate at which a worker is lost.
    package var preemption = Rate.never
    /// Whether a worker is warned before it is lost, and gives its point back.
    package var givesNotice = false
    /// The time until a lost worker is replaced.
    package var replacement = TimeDistribution.constant(60)
    /// The fraction of runs that end in an error instead of a verdict.
    package var failures = Share(value: 0)
    /// The time limit of a run, whose violation counts as an error; `nil` for none.
    package var wallTime: Double?
    /// The number of attempts before a point is given up.
    package var attempts = 3
    /// The time for which a silent worker keeps its point.
    package var leaseTime = 15.0
    /// No run begins after this many points; `nil` for no limit.
    package var limit: Int?
    /// No run begins after this time; `nil` for no limit.
    package var lastBegin: Double?
    /// No run begins once the completed ones have taken this long in total; `nil` for no limit.
    package var coreTime: Double?
    package var sqlClients = 1
    package var masters = 1
    package var costs = RoleCosts()
    package var seed: UInt64 = 0

    package init(workers: Int, runTime: TimeDistribution) {
        self.workers = workers
        self.runTime = runTime
    }
}

/// The time that the roles need between two runs, including their servers, in seconds.
///
/// The defaults are of the order measured on the ring with a model that costs nothing: 53,815 points on five axes took
/// 11 s on two cores shared by all roles, Redis and MariaDB, with 57 µs of MariaDB's and 51 µs of Redis's CPU time per
/// point.
package struct RoleCosts: Sendable, Hashable {
    /// A transaction of sql-client, and its extra time per message.
    package var transaction = 0.004
    package var message = 0.00006
    /// A batch of master, and its extra time per point and per proposal.
    package var expansion = 0.002
    package var proposal = 0.00001

    package init() {}
}
