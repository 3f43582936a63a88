internal import ExplorationFile
internal import FoundationEssentials
internal import LeaseQueue

extension QueueWork {
    /// The report on several queues as a JSON array. Times are in seconds, prices for an hour, `ram` and `hdd` in bytes.
    package static func json(_ work: [QueueWork]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(work.map(Entry.init)), as: UTF8.self) + "\n"
    }
}

/// What `--report` says of a queue; the names of its members are the keys of the JSON.
private struct Entry: Encodable {
    struct Rates: Encodable {
        let LastMinute, LastHour: QueueRates
    }

    struct Workers: Encodable {
        let Pods, Pending, Unschedulable, Jobs, FailedJobs: Int
        let Problems: [String]
    }

    struct Amounts: Encodable {
        let cpus: Double
        let ram, hdd, gpus: Int
    }

    struct Node: Encodable {
        let Name, Group: String
        let Price, PricePerRun: Double
        let Runs: Int
    }

    let Exploration, Queue, Control: String
    let Ready, Delayed, NotVisible, Dead: Int
    let Budget: Int?
    let Running: Workers?
    let OldestAge, RunTime: Double?
    let Rate: Rates
    let Resource: Amounts
    let Nodes: [Node]
    let NodeGroup: String?

    init(_ work: QueueWork) {
        let counts = work.report.counts
        Exploration = work.exploration
        Queue = work.queue.rawValue
        Control = work.report.control.rawValue
        Ready = counts.ready
        Delayed = counts.delayed
        NotVisible = counts.leased
        Dead = counts.dead
        Budget = work.report.budget
        Running = work.live.map {
            Workers(
                Pods: $0.running, Pending: $0.pending, Unschedulable: $0.unschedulable, Jobs: $0.activeJobs,
                FailedJobs: $0.failedJobs, Problems: $0.problems)
        }
        OldestAge = work.report.oldestReadyAge.map { $0 / .seconds(1) }
        RunTime = work.runTime.map { $0 / .seconds(1) }
        Rate = Rates(LastMinute: work.report.lastMinute, LastHour: work.report.lastHour)
        Resource = Amounts(
            cpus: work.resources.cpus.doubleValue, ram: work.resources.ram.wholeUp, hdd: work.resources.disk.wholeUp,
            gpus: work.resources.gpus)
        Nodes = work.nodes.map {
            Node(
                Name: $0.shape.name, Group: $0.shape.group, Price: $0.shape.price, PricePerRun: $0.pricePerRun,
                Runs: $0.runs)
        }
        NodeGroup = work.nodeGroup
    }
}
