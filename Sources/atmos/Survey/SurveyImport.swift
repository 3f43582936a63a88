internal import ExplorationFile
internal import Pipeline
internal import RunLedger
internal import Support

/// Puts the runs of a survey into the ledger of an exploration.
struct SurveyImport: Sendable {
    let file: String
    let definition: ExplorationDefinition

    /// What came of it.
    struct Count: Sendable {
        /// Points that the ledger did not have.
        var new = 0
        /// Points that it had a verdict for; that stays.
        var known = 0
    }

    /// What the ledger says of where the runs come from.
    private static let model = "atmos"
    private static let version = "survey-2018"
    private static let batch = 500

    /// Reads the whole file without keeping any of it.
    ///
    /// - Returns: how many runs it has.
    /// - Throws: ``SettingError`` naming the line that is wrong.
    func check() throws -> Int {
        var survey = try SurveyFile(file, of: definition)
        var count = 0
        while try survey.next() != nil { count += 1 }
        return count
    }

    /// Writes the runs, batch by batch. What was written stays when it is interrupted; it can be repeated.
    ///
    /// The summary has the runs that the survey completed, so all of them are stable.
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

    /// The next rows, none with the point of another, and how many were left out for that.
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
