internal import ArgumentParser
internal import CommandLineKit
internal import Logging
internal import RunLedger
internal import Support

/// `atmos runs`: runs that match filters.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List runs by state, verdict, time, or any condition on their columns.",
        discussion: """
              atmos runs --state error --since 1h
              atmos runs --verdict stable --where "CO2 > 0.1 and surface_temperature < 290" --sort -surface_temperature
              atmos runs --where "message like '%runaway%'" --columns code,message,worker --format csv
            """)

    @OptionGroup var filter: RunFilterOptions

    @Option(
        parsing: .unconditional,
        help: "Sort by these columns, comma-separated; a leading - sorts in descending order: -run_time,CO2.")
    var sort: String?

    @Option(help: "Show these columns, comma-separated, or 'all' (default: code, state, verdict, outputs, error, …).")
    var columns: String?

    @OptionGroup var exploration: ExplorationOption
    @OptionGroup var printing: PrintOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos runs", log, defaultLevel: .error) { logger in
            try await data.withLedger(of: exploration.name(), logger: logger) { [self] ledger, _ in
                let registered = try await exploration.choose(from: ledger.registered())
                try await printing.print(
                    ledger.runs(
                        in: registered.table, filter.filter, columns: columns(of: registered), order: order,
                        limit: printing.rowLimit, timeLimit: printing.timeLimit))
            }
            return .success
        }
    }

    private var order: [RunOrder] {
        (sort ?? "").split(separator: ",").map { name in
            let isDescending = name.hasPrefix("-")
            return RunOrder(column: String(isDescending ? name.dropFirst() : name), isDescending: isDescending)
        }
    }

    /// The columns to show; `nil` for all. By default, the parameters, which the code contains, and the hash are left
    /// out.
    private func columns(of exploration: RegisteredExploration) -> [String]? {
        if columns == "all" { return nil }
        if let columns { return columns.split(separator: ",").map(String.init) }
        return ["code", "state", "verdict"] + exploration.outputs.prefix(3).map(\.name)
            + ["attempt_count", "run_time", "ended_at", "error", "message"]
    }
}
