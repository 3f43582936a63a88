internal import ArgumentParser
internal import CommandLineKit
internal import Logging
internal import RunLedger
internal import Support

/// `atmos coverage`: how much of what an exploration can reach is known.
struct CoverageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: "Show how much of the reachable region is settled, how sharply its edge is known, and what remains.",
        discussion: """
            The edge lies between a stable and an unstable point that follow each other along an axis. It is known to one \
            step where they are neighbours; the table counts such places by axis and by the steps between the two points. \
            'Open' are stable points beyond which, along that axis, nothing is known though the space goes on.

            The runs that remain are estimated, with bounds that hold nine times in ten: of a search that begins with a \
            coarse grid (frontier, adaptive) from how much edge that has met; otherwise from how fast the front has \
            shrunk of late. While it may be growing freely there is no estimate, only the points that wait. Of a plan, \
            what remains is counted.

              atmos coverage
              atmos coverage earth --data .atmos/earth --json
            """)

    @Argument(help: "The exploration's name (default: the only one in the ledger).")
    var exploration: String?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos coverage", log, defaultLevel: .error) { logger in
            let report = try await data.withLedger(mentioning: exploration ?? "", logger: logger) {
                [exploration] ledger, _ in
                let registered = try await ExplorationChoice.choose(exploration, from: ledger.registered())
                return try await LedgerCoverage(definition: registered.readDefinition(), ledger: ledger).report()
            }
            print(json ? try report.json() : report.text)
            return .success
        }
    }
}
