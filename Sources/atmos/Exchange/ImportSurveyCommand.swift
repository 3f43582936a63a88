internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Support

/// `atmos import-survey`: the published summary of the survey of 2018 into a ledger.
struct ImportSurveyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-survey",
        abstract: "Read the summary of the survey of 2018 into a ledger, as runs of an exploration by Atmos.",
        discussion: """
            The summary is a CSV file with the columns hash, input_*, concentration_* and flux_* (of CH4, CO2, H2, H2O \
            and O2), pressure_bar and temperature_kelvin, and a line for each run that converged. Each becomes a \
            stable run. Points that already have a verdict in the ledger keep it, so a file can be imported again. If \
            a line is not a point of the exploration, an error names it and nothing is imported.

            `atmos map` draws the imported runs, and `atmos explore` continues from them; \
            config/explorations/README.md shows how to run only the edge. On a cluster, run `atmos reconcile` first. \
            The file may have any line ends and a byte order mark.

              atmos import-survey summary.csv
              atmos map --exploration atmos-earth --axes CO2,CH4
            """)

    @Argument(help: "The summary, a CSV file.")
    var file: String

    @Option(help: "Use this YAML file of the exploration, whose model is Atmos.")
    var exploration = "config/explorations/atmos-earth.yaml"

    @OptionGroup var target: ImportTarget
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos import-survey", log, defaultLevel: .error) { logger in
            let survey = SurveyImport(file: file, definition: try DefinitionReader.read(file: exploration))
            // The whole file is checked before anything is written.
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

/// Writes the runs of a survey to the ledger of an exploration.
struct SurveyImport: Sendable {
    let file: String
    let definition: ExplorationDefinition

    struct Count: Sendable {
        /// Points that the ledger did not have.
        var new = 0
        /// Points that had a verdict in the ledger, which they keep.
        var known = 0
    }

    // The origin of the runs, as recorded in the ledger.
    private static let model = "atmos"
    static let version = "survey-2018"
    private static let batch = 500

    /// Reads the whole file without keeping it in memory.
    ///
    /// - Returns: the number of runs.
    /// - Throws: ``SettingError`` that names the invalid line.
    func check() throws -> Int {
        var survey = try SurveyFile(file, of: definition)
        var count = 0
        while try survey.next() != nil { count += 1 }
        return count
    }

    /// Writes the runs in batches. An interrupted import keeps what it has written and can be repeated.
    ///
    /// The summary contains only runs that converged, so all of them are stable.
    func write(into ledger: RunLedger) async throws -> Count {
        var survey = try SurveyFile(file, of: definition)
        var count = Count()
        let time = UTC.microsecondsNow
        while true {
            let (batch, repeated) = try nextBatch(of: &survey)
            count.known += repeated
            guard !batch.isEmpty else { return count }
            let reply = try await ledger.insertQueued(batch.map(\.point), into: definition.table)
            let isNew = reply.outcomes.map { $0 != .known(.completed) }
            let records = zip(batch, isNew).filter(\.1).map { row, _ in record(row, at: time) }
            _ = try await ledger.recordCompleted(records, in: definition.table)
            count.new += records.count
            count.known += batch.count - records.count
        }
    }

    /// The next rows, one for each point, and the number of further rows for the same points.
    private func nextBatch(of survey: inout SurveyFile) throws -> (rows: [SurveyRow], repeated: Int) {
        var rows: [[UInt8]: SurveyRow] = [:]
        var repeated = 0
        while rows.count < Self.batch, let row = try survey.next() {
            if rows.updateValue(row, forKey: row.point.hash) != nil { repeated += 1 }
        }
        return (Array(rows.values), repeated)
    }

    private func record(_ row: SurveyRow, at time: Int64) -> CompletedRecord {
        let name = row.name.map { " (its run \($0.prefix(100)))" } ?? ""
        return CompletedRecord(
            attempt: Attempt(
                hash: row.point.hash, token: 1, attempt: 1, worker: "import-survey", host: "survey", model: Self.model,
                modelVersion: Self.version, startedAt: time, explorationDigest: definition.digest),
            endedAt: time, verdict: .stable, outputs: row.outputs,
            message: "converged: taken from the survey of 2018\(name)")
    }
}
