/// What an exploration is simulated with. Times are in seconds.
package struct SimulationSettings: Sendable {
    package var workers: Int
    package var runTime: RunTime
    /// Of unstable points; nil where they take as long as stable ones.
    package var unstableRunTime: RunTime?
    /// What a worker needs around a run: for the lease, the run's folder, the report.
    package var overhead = 0.01
    /// How often a worker is lost.
    package var preemption = Rate.never
    /// Whether a worker is told before it is lost, and gives its point back.
    package var givesNotice = false
    /// How long it takes until a lost worker is replaced.
    package var replacement = RunTime.constant(60)
    /// The share of runs that end in an error and not in a verdict.
    package var failures = Share(value: 0)
    /// After which a run is ended, as an error; nil for never.
    package var wallTime: Double?
    /// How often a point is tried before it is given up.
    package var attempts = 3
    /// How long a worker that fell silent keeps its point.
    package var leaseTime = 15.0
    /// No run begins once so many points have been run.
    package var limit: Int?
    /// No run begins once so much time has passed; nil for no limit.
    package var lastBegin: Double?
    /// No run begins once all that have ended took so long together; nil for no limit.
    package var coreTime: Double?
    package var sqlClients = 1
    package var masters = 1
    package var costs = RoleCosts()
    package var seed: UInt64 = 0

    package init(workers: Int, runTime: RunTime) {
        self.workers = workers
        self.runTime = runTime
    }
}

/// How long the roles between two runs take, in seconds, their servers' part included.
///
/// The defaults are of the order that the ring shows with a model that costs nothing: 53,815 points on five axes took
/// 11 s on two cores which all roles, Redis and MariaDB shared, and 57 µs of MariaDB's and 51 µs of Redis's CPU a point.
package struct RoleCosts: Sendable, Hashable {
    /// A transaction of sql-client, and what comes to it for each message.
    package var transaction = 0.004
    package var message = 0.00006
    /// A batch of master, and what comes to it for each point and each proposal.
    package var expansion = 0.002
    package var proposal = 0.00001

    package init() {}
}
