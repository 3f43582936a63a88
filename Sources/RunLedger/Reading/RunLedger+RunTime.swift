/// How many runs a mean of run times is made of.
struct RunTimeSample {
    /// The mean is over so many runs, the latest of the sample.
    var latest = 2_000
    /// The least number of runs in the sample, where there are as many.
    var enough = 20_000

    /// The shares of all points that are tried in turn, until one has enough completed runs, as the number of leading
    /// bits of a hash that are zero.
    static let leadingZeros = Array(stride(from: 16, through: 0, by: -2))

    /// The greatest hash with so many leading zeros.
    static func bound(leadingZeros: Int) -> [UInt8] {
        var hash = [UInt8](repeating: 0xFF, count: RecordCheck.hashLength)
        for bit in 0..<leadingZeros { hash[bit / 8] &= ~(0x80 >> UInt8(bit % 8)) }
        return hash
    }

    /// Completed runs up to some hash, which is the parameter.
    static func source(in runs: RunTable) -> SQL {
        // Left to itself, MariaDB reads all that the index has of completed runs.
        """
        FROM \(runs.name) FORCE INDEX (\(RunColumns.stateIndex))
        WHERE \(RunColumns.state) = 'completed' AND \(RunColumns.verdict) IN ('stable', 'unstable')
        AND \(RunColumns.hash) <= ?
        """
    }
}

extension RunLedger {
    /// How long completed runs took lately, on average; nil where none has completed.
    ///
    /// It costs about the same for a table of any size, and asks for no index of its own, which every insertion would
    /// have to pay for: hashes are evenly spread, so the runs below some hash are a fair sample of all, and the index
    /// of states has them side by side. Up to some tens of thousands of runs the sample is all of them, so that the
    /// mean is over the last 2,000 to end. Of more runs it is over 2,000 of the last tenth, or less, to end.
    ///
    /// - Parameter timeLimit: the longest time that the server may take; nil for no limit.
    /// - Throws: ``LedgerError``: `unknownExploration`, `queryTimeout`, `connectionLost`.
    public nonisolated func meanRunTime(of table: String, timeLimit: Duration? = nil) async throws -> Duration? {
        try await meanRunTime(of: table, RunTimeSample(), timeLimit: timeLimit)
    }

    nonisolated func meanRunTime(
        of table: String, _ sample: RunTimeSample, timeLimit: Duration? = nil
    ) async throws -> Duration? {
        let runs = try await runTable(table)
        let session = QuerySession(configuration)
        let completed = RunTimeSample.source(in: runs)
        func number(_ sql: SQL, _ bound: [UInt8]) async throws -> Double? {
            _ = try await session.open(sql, [.hash(bound)], timeLimit: timeLimit)
            return try await session.next(2).first?.first?.realValue
        }
        for zeros in RunTimeSample.leadingZeros {
            let bound = RunTimeSample.bound(leadingZeros: zeros)
            // Read from the index alone.
            let count = try await number("SELECT COUNT(*) \(completed)", bound) ?? 0
            guard zeros == 0 || Int(count) >= sample.enough else { continue }
            let mean = try await number(
                """
                SELECT AVG(\(RunColumns.runTime)) FROM (
                    SELECT \(RunColumns.runTime) \(completed) ORDER BY \(RunColumns.endedAt) DESC LIMIT \(sample.latest)
                ) AS lately
                """, bound)
            return mean.map { .seconds($0) }
        }
        return nil
    }
}
