internal import ArgumentParser
internal import CommandLineKit
internal import Logging
internal import RunLedger
internal import Support

/// `atmos query`: plain SQL on the ledger.
struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Ask the ledger in SQL; nothing can be changed.",
        discussion: """
            Each exploration has a table named after it (habitable-zone: habitable_zone), with a row for each point: a \
            column for each parameter and each output of the model, state, verdict, and how the run went. Views answer \
            the usual questions: TABLE_progress, TABLE_workers, TABLE_errors, TABLE_frontier, TABLE_slowest.

              atmos query "SELECT verdict, COUNT(*) FROM habitable_zone GROUP BY verdict"
              atmos query --format csv "SELECT CO2, CH4, surface_temperature FROM earth WHERE verdict = 'stable'"
              atmos query "SELECT axis, direction, COUNT(*) FROM earth_frontier GROUP BY axis, direction"
              atmos query --file edge.sql --format jsonl
              echo "SELECT * FROM earth_errors" | atmos query -
            """)

    @OptionGroup var statement: QueryStatement
    @OptionGroup var printing: PrintOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos query", log, defaultLevel: .error) { logger in
            let sql = try statement.read()
            try await data.withLedger(mentioning: sql, anySchema: true, logger: logger) { [printing] ledger, _ in
                try await printing.print(
                    ledger.stream(sql, rowLimit: printing.limit, timeLimit: printing.timeLimit))
            }
            return .success
        }
    }
}

/// How rows are printed, and how many.
struct PrintOptions: ParsableArguments {
    @Option(help: "table, csv, json (an array) or jsonl (an object on each line).")
    var format: ResultFormat = .table

    @Option(help: "The most rows that are printed; 0 for all.")
    var rows = 1_000

    @Option(help: "The most seconds that the database may take.")
    var timeout = 60

    init() {}

    func validate() throws {
        guard rows >= 0 else { throw ValidationError("--rows must not be negative") }
        guard timeout >= 1 else { throw ValidationError("--timeout must be at least 1") }
    }

    var limit: Int? { rows == 0 ? nil : rows }
    var timeLimit: Duration { .seconds(timeout) }

    /// Prints the rows, and a note on standard error where there are more.
    func print(_ stream: ResultStream) async throws {
        let count = try await format.print(stream)
        if await stream.isTruncated {
            StandardError.write("only the first \(count) rows are shown; --rows sets how many, 0 shows all\n")
        }
    }
}
