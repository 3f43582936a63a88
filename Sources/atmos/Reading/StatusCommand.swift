internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Support
internal import TextTable

/// `atmos status`: how far explorations are.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how far explorations are: runs by state and verdict, and jobs by queue.")

    @OptionGroup var data: DataOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos status", log, defaultLevel: .error) { logger in
            try await data.withLedger(logger: logger) { [redis] ledger, servers in
                for exploration in try await ledger.registered() {
                    let progress = try await ledger.progress(of: exploration.table)
                    print("\(exploration.name): \(progress.summary)")
                    let definition = try exploration.readDefinition()
                    let queues = try await LeaseQueues.connect(
                        to: servers?.redisConfiguration() ?? redis.configuration(), namespace: definition.namespace,
                        queues: RingQueues.configurations(for: definition.policy),
                        consumer: ConsumerName(role: "status").description, logger: logger)
                    print(QueueTable.text(of: try await queues.counts()))
                    let running = try await queues.heldLeases(in: RingQueues.main, limit: RunningTable.most + 1)
                    if let table = RunningTable.text(of: running) { print(table) }
                    let control = try await queues.control(of: RingQueues.main)
                    if control != .run { print("the workers are told to \(control.rawValue)") }
                    await queues.close()
                }
            }
            return .success
        }
    }
}

/// The counts of the ring's queues, as a table.
enum QueueTable {
    private struct Row {
        let queue: String
        let counts: QueueCounts
    }

    static func text(of counts: [QueueName: QueueCounts]) -> String {
        let rows = RingQueues.all.map { Row(queue: $0.rawValue, counts: counts[$0] ?? QueueCounts()) }
        let table = TextTable<Row> { row in
            [
                Column(title: "queue", value: row.queue),
                Column(title: "ready", value: row.counts.ready, align: .right),
                Column(title: "delayed", value: row.counts.delayed, align: .right),
                Column(title: "leased", value: row.counts.leased, align: .right),
                Column(title: "dead", value: row.counts.dead, align: .right),
            ]
        }
        return table.string(for: rows, style: Style.psql) ?? ""
    }
}

/// The points that workers hold, as a table.
enum RunningTable {
    /// How many are shown.
    static let most = 20

    /// - Returns: nil where nobody holds any.
    static func text(of leases: [HeldLease]) -> String? {
        guard !leases.isEmpty else { return nil }
        let table = TextTable<HeldLease> { lease in
            [
                Column(title: "point", value: lease.id.prefix(12)), Column(title: "worker", value: lease.consumer),
                Column(title: "for", value: lease.age.shown, align: .right),
                Column(title: "progress", value: PlainText.oneLine(lease.note)),
            ]
        }
        let text = table.string(for: Array(leases.prefix(most)), style: Style.psql) ?? ""
        return leases.count > most ? text + "\nand more: atmos queues report --leases main --limit 1000" : text
    }
}

extension LedgerProgress {
    /// `512 points: 498 completed (301 stable, 197 unstable), 2 errors, 12 queued, 0 running`.
    var summary: String {
        "\(total) points: \(completed) completed (\(stable) stable, \(unstable) unstable), \(error) errors, "
            + "\(queued) queued, \(running) running"
    }
}
