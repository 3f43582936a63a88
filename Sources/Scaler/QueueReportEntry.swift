package import ExplorationFile
internal import FoundationEssentials
package import LeaseQueue

/// One queue of one exploration, with everything that a report, a scaling decision and a template need.
package struct QueueReportEntry: Sendable {
    /// The exploration's name.
    package let exploration: String
    /// The prefix of the queue's keys in Redis.
    package let namespace: String
    package let queue: QueueName
    package let report: QueueReport
    /// The recent run time of a job; `nil` if unknown.
    package let runTime: Duration?
    /// The number of workers that hold the leased jobs.
    package let busyWorkers: Int
    /// The resources that a run needs.
    package let resources: RunResources
    /// The machines that could run it, cheapest first.
    package let nodes: [NodeOffer]
    /// The workers in the cluster; `nil` if no cluster was asked.
    package var live: WorkerCounts?

    package init(
        exploration: String, namespace: String, queue: QueueName, report: QueueReport, runTime: Duration?,
        busyWorkers: Int = 0, resources: RunResources, nodes: [NodeOffer], live: WorkerCounts? = nil
    ) {
        self.exploration = exploration
        self.namespace = namespace
        self.queue = queue
        self.report = report
        self.runTime = runTime
        self.busyWorkers = busyWorkers
        self.resources = resources
        self.nodes = nodes
        self.live = live
    }

    /// The entry with the workers that a cluster has.
    package func with(live: WorkerCounts) -> QueueReportEntry {
        var entry = self
        entry.live = live
        return entry
    }

    /// The node group with the lowest price per run.
    package var nodeGroup: String? {
        nodes.min { $0.pricePerRun < $1.pricePerRun }?.shape.group
    }

    package var load: QueueLoad {
        QueueLoad(
            ready: report.counts.ready, leased: report.counts.leased, control: report.control, budget: report.budget,
            runTime: runTime)
    }

    /// The number of missing workers according to the queue alone: the wanted workers minus the busy ones.
    ///
    /// The caller must subtract workers that have not started yet, as KEDA's strategy `accurate` does.
    package func missingWorkers(_ policy: ScalingPolicy) -> Int {
        max(0, decision(policy).wanted - busyWorkers)
    }

    /// The decision for this queue. Without an answer from a cluster it assumes that there are no pods.
    package func decision(_ policy: ScalingPolicy) -> ScalingDecision {
        ScalingDecision.decide(
            exploration: exploration, queue: queue.rawValue, load: load, live: live ?? WorkerCounts(), policy: policy)
    }
}

extension QueueReportEntry {
    /// The report on several queues as a JSON array. Times are in seconds, prices per hour, `ram` and `disk` in bytes.
    package static func json(_ entries: [QueueReportEntry]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(entries.map(JSONEntry.init)), as: UTF8.self) + "\n"
    }
}

/// A queue in the JSON of the report; the names of the properties are its keys.
private struct JSONEntry: Encodable {
    struct Workers: Encodable {
        let pods, pending, unschedulable, jobs, failedJobs: Int
        let problems: [String]
    }

    struct Resources: Encodable {
        let cpus: Double
        let ram, disk, gpus: Int
    }

    struct Node: Encodable {
        let name, group: String
        let price, pricePerRun: Double
        let runs: Int
    }

    let exploration, queue, control: String
    let ready, delayed, leased, dead: Int
    let budget: Int?
    let workers: Workers?
    let oldestReadySeconds, runTimeSeconds: Double?
    let lastMinute, lastHour: QueueRates
    let resources: Resources
    let nodes: [Node]
    let nodeGroup: String?

    init(_ entry: QueueReportEntry) {
        let counts = entry.report.counts
        exploration = entry.exploration
        queue = entry.queue.rawValue
        control = entry.report.control.rawValue
        ready = counts.ready
        delayed = counts.delayed
        leased = counts.leased
        dead = counts.dead
        budget = entry.report.budget
        workers = entry.live.map {
            Workers(
                pods: $0.running, pending: $0.pending, unschedulable: $0.unschedulable, jobs: $0.activeJobs,
                failedJobs: $0.failedJobs, problems: $0.problems)
        }
        oldestReadySeconds = entry.report.oldestReadyAge.map { $0 / .seconds(1) }
        runTimeSeconds = entry.runTime.map { $0 / .seconds(1) }
        lastMinute = entry.report.lastMinute
        lastHour = entry.report.lastHour
        resources = Resources(
            cpus: entry.resources.cpus.doubleValue, ram: entry.resources.ram.wholeUp,
            disk: entry.resources.disk.wholeUp, gpus: entry.resources.gpus)
        nodes = entry.nodes.map {
            Node(
                name: $0.shape.name, group: $0.shape.group, price: $0.shape.price, pricePerRun: $0.pricePerRun,
                runs: $0.runs)
        }
        nodeGroup = entry.nodeGroup
    }
}
