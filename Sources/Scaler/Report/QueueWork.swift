package import ExplorationFile
package import LeaseQueue

/// All that is to be known of one queue of one exploration, for a report, a decision and a template.
package struct QueueWork: Sendable {
    /// The exploration's name.
    package let exploration: String
    /// What begins the queue's keys in Redis.
    package let namespace: String
    package let queue: QueueName
    package let report: QueueReport
    /// How long a job has taken lately; nil where nothing is known.
    package let runTime: Duration?
    /// How many workers hold the jobs that are leased.
    package let workersAtWork: Int
    /// What a run needs.
    package let resources: RunResources
    /// The machines that could run it, the cheapest first.
    package let nodes: [NodeOffer]
    /// What the cluster has; nil where no cluster was asked.
    package var live: LiveWorkers?

    package init(
        exploration: String, namespace: String, queue: QueueName, report: QueueReport, runTime: Duration?,
        workersAtWork: Int = 0, resources: RunResources, nodes: [NodeOffer], live: LiveWorkers? = nil
    ) {
        self.exploration = exploration
        self.namespace = namespace
        self.queue = queue
        self.report = report
        self.runTime = runTime
        self.workersAtWork = workersAtWork
        self.resources = resources
        self.nodes = nodes
        self.live = live
    }

    /// The node group where a run's room costs least.
    package var nodeGroup: String? {
        nodes.min { $0.pricePerRun < $1.pricePerRun }?.shape.group
    }

    package var load: WorkLoad {
        WorkLoad(
            ready: report.counts.ready, leased: report.counts.leased, control: report.control, budget: report.budget,
            runTime: runTime)
    }

    /// How many workers are lacking, by the queue alone: those that have work are taken off those that are wanted. Whoever
    /// makes workers by this number takes off those that have not begun yet, as KEDA's strategy `accurate` does.
    package func lacking(_ policy: ScalingPolicy) -> Int {
        max(0, decision(policy).wanted - workersAtWork)
    }

    /// What follows from it; where no cluster was asked, as if there were no pods.
    package func decision(_ policy: ScalingPolicy) -> ScalingDecision {
        ScalingDecision.decide(
            exploration: exploration, queue: queue.rawValue, work: load, live: live ?? LiveWorkers(), policy: policy)
    }
}
