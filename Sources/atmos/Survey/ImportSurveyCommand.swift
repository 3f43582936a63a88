internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Logging
internal import RunLedger
internal import Support

/// `atmos import-survey`: the published summary of the survey of 2018 into a ledger.
struct ImportSurveyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-survey",
        abstract: "Read the summary of the survey of 2018 into a ledger, as runs of an exploration by Atmos.",
        discussion: """
            The summary is a CSV file with the columns hash, input_*, concentration_* and flux_* (of CH4, CO2, H2, H2O \
            and O2), pressure_bar and temperature_kelvin, one line for each run that converged. Each becomes a stable \
            run; points that the ledger has a verdict for keep it, so that a file can be read again. A line that is no \
            point of the exploration is named, and then nothing is imported.

            `atmos map` draws what was imported, and `atmos explore` goes on from there, after `atmos reconcile`.

              atmos import-survey summary.csv
              atmos map atmos-earth --axes CO2,CH4 --data .atmos/atmos-earth
            """)

    @Argument(help: "The summary, a CSV file.")
    var file: String

    @Option(help: "The exploration's YAML file, whose model is Atmos.")
    var exploration = "config/explorations/atmos-earth.yaml"

    @OptionGroup var target: ImportTarget
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos import-survey", log, defaultLevel: .error) { logger in
            let survey = SurveyImport(file: file, definition: try DefinitionReader.read(file: exploration))
            // All of it is read before any of it is written.
            guard try survey.check() > 0 else {
                throw SettingError(description: "\(file) has no runs")
            }
            let count = try await target.withLedger(of: survey.definition, logger: logger) { ledger in
                try await survey.write(into: ledger)
            }
            let known = count.known == 0 ? "" : "; \(count.known) were known already"
            print("\(count.new) runs of '\(survey.definition.name)' imported\(known)")
            return .success
        }
    }
}
