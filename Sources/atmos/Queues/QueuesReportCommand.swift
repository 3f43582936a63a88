internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import Support
internal import TextTable

/// `atmos queues report`, which is what `atmos queues` does.
struct QueuesReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Show counts, ages, rates and consumers of all queues.")

    @OptionGroup var queues: QueuesOptions

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "Also show the leases of this queue: who holds what.")
    var leases: QueueArgument?

    @Option(help: "How many leases to show at most, those that run out first.")
    var limit = 20

    @OptionGroup var log: LogOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit \(limit) would show no leases; give 1 or more") }
    }

    func run() async throws {
        try await Program.run("atmos queues", log, defaultLevel: .error) { logger in
            try await queues.withQueues(as: "queues", logger: logger) { [json, leases, limit] queues, definition in
                var reports: [NamedReport] = []
                for queue in RingQueues.all {
                    reports.append(NamedReport(queue: queue, report: try await queues.report(of: queue)))
                }
                let held = try await Self.held(of: leases, limit, queues)
                if json {
                    print(try PrettyJSON.of(QueuesJSON(definition.name, reports, held)))
                } else {
                    print(QueuesText.text(of: reports, held, at: leases?.name))
                }
            }
            return .success
        }
    }

    private static func held(
        of queue: QueueArgument?, _ limit: Int, _ queues: LeaseQueues
    ) async throws -> [HeldLease] {
        var held: [HeldLease] = []
        while let queue, held.count < limit {
            let page = try await queues.heldLeases(in: queue.name, offset: held.count, limit: limit - held.count)
            if page.isEmpty { break }
            held += page
        }
        return held
    }
}

/// The report of one queue.
struct NamedReport: Sendable {
    let queue: QueueName
    let report: QueueReport
}

/// The reports as people read them.
enum QueuesText {
    static func text(of reports: [NamedReport], _ held: [HeldLease], at queue: QueueName?) -> String {
        var parts = [table(of: reports)]
        for entry in reports {
            let (control, budget, limit) = (entry.report.control, entry.report.budget, entry.report.limit)
            let settings = [
                control == .run ? nil : "is to \(control.rawValue)", budget.map { "may end \($0) more jobs" },
                limit.map { "takes new jobs up to \($0)" },
            ].compactMap { $0 }
            if !settings.isEmpty { parts.append("\(entry.queue) \(settings.joined(separator: "; "))") }
        }
        parts.append(consumers(of: reports))
        if let queue { parts.append(leases(held, of: queue)) }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func table(of reports: [NamedReport]) -> String {
        let table = TextTable<NamedReport> { entry in
            let (counts, minute, hour) = (entry.report.counts, entry.report.lastMinute, entry.report.lastHour)
            return [
                Column(title: "queue", value: entry.queue.rawValue),
                Column(title: "ready", value: counts.ready, align: .right),
                Column(title: "delayed", value: counts.delayed, align: .right),
                Column(title: "leased", value: counts.leased, align: .right),
                Column(title: "dead", value: counts.dead, align: .right),
                Column(title: "oldest", value: entry.report.oldestReadyAge?.shown ?? "", align: .right),
                Column(title: "in/min", value: minute.enqueued, align: .right),
                Column(title: "done/min", value: minute.completed, align: .right),
                Column(title: "in/h", value: hour.enqueued, align: .right),
                Column(title: "done/h", value: hour.completed, align: .right),
                Column(title: "failed/h", value: hour.failed, align: .right),
                Column(title: "crashed/h", value: hour.crashed, align: .right),
                Column(title: "dead/h", value: hour.dead, align: .right),
            ]
        }
        return table.string(for: reports, style: Style.psql) ?? ""
    }

    /// Who was seen in the last minute, by queue.
    private static func consumers(of reports: [NamedReport]) -> String {
        reports.compactMap { entry -> String? in
            let recent = entry.report.consumers.filter { $0.lastSeen < .seconds(60) }
            guard !recent.isEmpty else { return nil }
            let names = recent.map { "\($0.name) (\($0.lastSeen.shown) ago)" }
            return "at \(entry.queue): \(names.joined(separator: ", "))"
        }.joined(separator: "\n")
    }

    private static func leases(_ held: [HeldLease], of queue: QueueName) -> String {
        guard !held.isEmpty else { return "nobody holds a lease of \(queue)" }
        let table = TextTable<HeldLease> { lease in
            [
                Column(title: "job", value: lease.id), Column(title: "holder", value: lease.consumer),
                Column(title: "for", value: lease.age.shown, align: .right),
                Column(
                    title: "left", value: lease.timeLeft < .zero ? "ran out" : lease.timeLeft.shown, align: .right),
                Column(title: "progress", value: PlainText.oneLine(lease.note)),
            ]
        }
        return table.string(for: held, style: Style.psql) ?? ""
    }
}

/// The reports as programs read them. Times are in seconds.
struct QueuesJSON: Encodable {
    private struct Queue: Encodable {
        let name, control: String
        let ready, delayed, leased, dead: Int
        let budget: Int?
        let limit: Int?
        let oldestReadySeconds: Double?
        let lastMinute, lastHour: QueueRates
        let consumers: [Consumer]
    }

    private struct Consumer: Encodable {
        let name: String
        let seenSecondsAgo: Double
    }

    private struct Held: Encodable {
        let job, holder: String
        let token: UInt64
        let ageSeconds, leftSeconds: Double
        let note: String
    }

    private let exploration: String
    private let queues: [Queue]
    private let leases: [Held]

    init(_ exploration: String, _ reports: [NamedReport], _ held: [HeldLease]) {
        self.exploration = exploration
        queues = reports.map { entry in
            let report = entry.report
            return Queue(
                name: entry.queue.rawValue, control: report.control.rawValue, ready: report.counts.ready,
                delayed: report.counts.delayed, leased: report.counts.leased, dead: report.counts.dead,
                budget: report.budget, limit: report.limit, oldestReadySeconds: report.oldestReadyAge?.seconds,
                lastMinute: report.lastMinute, lastHour: report.lastHour,
                consumers: report.consumers.map { Consumer(name: $0.name, seenSecondsAgo: $0.lastSeen.seconds) })
        }
        leases = held.map {
            Held(
                job: $0.id, holder: $0.consumer, token: $0.token.rawValue, ageSeconds: $0.age.seconds,
                leftSeconds: $0.timeLeft.seconds, note: $0.note)
        }
    }
}
