internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Support
internal import TextTable

/// `atmos status`: the progress of explorations.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the progress of explorations: runs by state and verdict, jobs by queue, points being run.")

    @OptionGroup var exploration: ExplorationOption
    @OptionGroup var data: DataOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos status", log, defaultLevel: .error) { logger in
            let name = try exploration.name()
            try await data.withLedger(of: name, logger: logger) { [exploration, redis] ledger, servers in
                let registered = try await ledger.registered()
                for chosen in name == nil ? registered : [try exploration.choose(from: registered)] {
                    try await withConnections { connections in
                        let queues = try await connections.queues(
                            of: chosen.readDefinition(), at: redis.configuration(of: servers), as: "status",
                            logger: logger)
                        let counts = try await queues.counts()
                        let progress = try await ledger.progress(of: chosen.table)
                            .limitingRuns(to: counts[RingQueues.main]?.leased ?? 0)
                        print("\(chosen.name): \(progress.summary)")
                        try await Self.printState(of: queues, counts)
                    }
                }
            }
            return .success
        }
    }

    private static func printState(of queues: LeaseQueues, _ counts: [QueueName: QueueCounts]) async throws {
        print(QueueTable.text(of: counts))
        if let warning = counts.deadLetterWarning { print(warning) }
        let running = try await queues.heldLeases(in: RingQueues.main, limit: RunningTable.maxRows + 1)
        if let table = RunningTable.text(of: running) { print(table) }
        let control = try await queues.control(of: RingQueues.main)
        if control != .run { print("main is set to \(control.rawValue)") }
    }
}

/// The number of points by outcome.
enum ProgressTable {
    private struct Row {
        let state: String
        let points: Int
    }

    static func text(of progress: LedgerProgress) -> String {
        let rows = [
            Row(state: "stable", points: progress.stable),
            Row(state: "unstable", points: progress.unstable),
            Row(state: "error", points: progress.error),
            Row(state: "running", points: progress.running),
            Row(state: "queued", points: progress.queued),
            Row(state: "all", points: progress.total),
        ]
        let table = TextTable<Row> { row in
            [Column(title: "points", value: row.state), Column(title: "number", value: row.points, align: .right)]
        }
        return table.string(for: rows, style: Style.psql) ?? ""
    }
}

/// The number of jobs in each of the ring's queues, by state.
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

/// The points that workers are running.
private enum RunningTable {
    static let maxRows = 20

    /// - Returns: `nil` if no worker holds a lease.
    static func text(of leases: [HeldLease]) -> String? {
        guard !leases.isEmpty else { return nil }
        let table = TextTable<HeldLease> { lease in
            [
                Column(title: "point", value: lease.id.prefix(12)), Column(title: "worker", value: lease.consumer),
                Column(title: "for", value: "\(TimeSpan(lease.age))", align: .right),
                Column(title: "progress", value: lease.note.terminalSafe),
            ]
        }
        let text = table.string(for: Array(leases.prefix(maxRows)), style: Style.psql) ?? ""
        return leases.count > maxRows ? text + "\nand more: atmos queues report --leases main --limit 1000" : text
    }
}

extension LedgerProgress {
    /// Counts runs that were interrupted as queued, such as those of stopped workers: of the points that the ledger has
    /// as running, no more are run than workers hold leases.
    func limitingRuns(to leases: Int) -> LedgerProgress {
        var progress = self
        progress.running = min(running, leases)
        progress.queued += running - progress.running
        return progress
    }

    /// Such as `512 points: 498 completed (301 stable, 197 unstable), 2 errors, 12 queued, 0 running`.
    fileprivate var summary: String {
        "\(total) points: \(completed) completed (\(stable) stable, \(unstable) unstable), \(error) errors, "
            + "\(queued) queued, \(running) running"
    }
}
