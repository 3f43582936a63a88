internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import Support
internal import TextTable

/// `atmos queues report`, the default of `atmos queues`.
struct QueuesReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Show counts, ages, rates and consumers of all queues.")

    @OptionGroup var queues: QueuesOptions

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "Also show the leases of this queue, those that expire first at the top.")
    var leases: QueueArgument?

    @OptionGroup var rowLimit: RowLimitOption
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos queues", log, defaultLevel: .error) { logger in
            let maxLeases = rowLimit.rows ?? 20
            try await queues.withQueues(as: "queues", logger: logger) { [json, leases] queues, definition in
                var reports: [QueueReportRow] = []
                for queue in RingQueues.all {
                    reports.append(QueueReportRow(queue: queue, report: try await queues.report(of: queue)))
                }
                let held = try await Self.held(of: leases, limit: maxLeases, queues)
                if json {
                    print(try PrettyJSON.text(of: QueueReportJSON(definition.name, reports, held)))
                } else {
                    print(QueueReportText.text(of: reports, held, at: leases?.name))
                }
            }
            return .success
        }
    }

    private static func held(
        of queue: QueueArgument?, limit: Int, _ queues: LeaseQueues
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
struct QueueReportRow: Sendable {
    let queue: QueueName
    let report: QueueReport
}

/// The reports as text.
enum QueueReportText {
    static func text(of reports: [QueueReportRow], _ held: [HeldLease], at queue: QueueName?) -> String {
        var parts = [table(of: reports)]
        for entry in reports {
            let (control, budget, limit) = (entry.report.control, entry.report.budget, entry.report.limit)
            let settings = [
                control == .run ? nil : "set to \(control.rawValue)", budget.map { "may complete \($0) more jobs" },
                limit.map { "accepts new jobs up to \($0)" },
            ].compactMap { $0 }
            if !settings.isEmpty { parts.append("\(entry.queue): \(settings.joined(separator: "; "))") }
        }
        parts.append(consumers(of: reports))
        if let queue { parts.append(leases(held, of: queue)) }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func table(of reports: [QueueReportRow]) -> String {
        let table = TextTable<QueueReportRow> { entry in
            let (counts, minute, hour) = (entry.report.counts, entry.report.lastMinute, entry.report.lastHour)
            return [
                Column(title: "queue", value: entry.queue.rawValue),
                Column(title: "ready", value: counts.ready, align: .right),
                Column(title: "delayed", value: counts.delayed, align: .right),
                Column(title: "leased", value: counts.leased, align: .right),
                Column(title: "dead", value: counts.dead, align: .right),
                Column(
                    title: "oldest", value: entry.report.oldestReadyAge.map { "\(TimeSpan($0))" } ?? "", align: .right),
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

    /// The consumers that were seen in the last minute, by queue.
    private static func consumers(of reports: [QueueReportRow]) -> String {
        reports.compactMap { entry -> String? in
            let recent = entry.report.consumers.filter { $0.lastSeen < .seconds(60) }
            guard !recent.isEmpty else { return nil }
            let names = recent.map { "\($0.name) (\(TimeSpan($0.lastSeen)) ago)" }
            return "consumers of \(entry.queue): \(names.joined(separator: ", "))"
        }.joined(separator: "\n")
    }

    private static func leases(_ held: [HeldLease], of queue: QueueName) -> String {
        guard !held.isEmpty else { return "no leases of \(queue)" }
        let table = TextTable<HeldLease> { lease in
            [
                Column(title: "job", value: lease.id), Column(title: "holder", value: lease.consumer),
                Column(title: "for", value: "\(TimeSpan(lease.age))", align: .right),
                Column(
                    title: "left", value: lease.timeLeft < .zero ? "expired" : "\(TimeSpan(lease.timeLeft))",
                    align: .right),
                Column(title: "progress", value: lease.note.terminalSafe),
            ]
        }
        return table.string(for: held, style: Style.psql) ?? ""
    }
}

/// The reports as JSON. Times are in seconds.
struct QueueReportJSON: Encodable {
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

    init(_ exploration: String, _ reports: [QueueReportRow], _ held: [HeldLease]) {
        self.exploration = exploration
        queues = reports.map { entry in
            let report = entry.report
            return Queue(
                name: entry.queue.rawValue, control: report.control.rawValue, ready: report.counts.ready,
                delayed: report.counts.delayed, leased: report.counts.leased, dead: report.counts.dead,
                budget: report.budget, limit: report.limit,
                oldestReadySeconds: report.oldestReadyAge.map { TimeSpan($0).seconds },
                lastMinute: report.lastMinute, lastHour: report.lastHour,
                consumers: report.consumers.map {
                    Consumer(name: $0.name, seenSecondsAgo: TimeSpan($0.lastSeen).seconds)
                })
        }
        leases = held.map {
            Held(
                job: $0.id, holder: $0.consumer, token: $0.token.rawValue, ageSeconds: TimeSpan($0.age).seconds,
                leftSeconds: TimeSpan($0.timeLeft).seconds, note: $0.note)
        }
    }
}
