internal import ArgumentParser
internal import Exploration
internal import FoundationEssentials
internal import Logging
internal import RunLedger

/// `atmos query`: plain SQL on the ledger.
struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Ask the ledger in SQL; nothing can be changed.",
        discussion: """
            Each exploration has a table named after it (habitable-zone: habitable_zone), with a row for each point: a \
            column for each parameter and each output of the model, state, verdict, and how the run went.

              atmos query "SELECT verdict, COUNT(*) FROM habitable_zone GROUP BY verdict"
              atmos query --format csv "SELECT CO2, CH4, surface_temperature FROM earth WHERE verdict = 'stable'"
            """)

    @Argument(help: "One SELECT statement.")
    var sql: String

    @Option(help: "table, csv or json.")
    var format: ResultFormat = .table

    @Option(help: "The most rows that are printed; 0 for all.")
    var rows = 1_000

    @Option(help: "The most seconds that the query may take.")
    var timeout = 60

    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard rows >= 0 else { throw ValidationError("--rows must not be negative") }
        guard timeout >= 1 else { throw ValidationError("--timeout must be at least 1") }
    }

    func run() async throws {
        try await Program.run("atmos query", log, defaultLevel: .error) { logger in
            let limit = rows == 0 ? nil : rows
            let result = try await data.withLedger(mentioning: sql, logger: logger) { [sql, timeout] ledger, _ in
                try await ledger.query(sql, rowLimit: limit, timeLimit: .seconds(timeout))
            }
            print(try format.text(of: result))
            if result.isTruncated {
                let note = "only the first \(rows) rows are shown; --rows sets how many\n"
                StandardError.write(note)
            }
            return .success
        }
    }
}
