public import Support

/// One completed run, as analyses of an exploration read it.
public struct CompletedRun: Sendable, Hashable {
    /// The parameters as text, if they were asked for and are known.
    public let code: String?
    /// The verdict.
    public let verdict: Verdict
    /// The values of the chosen columns; `nil` for NULL.
    public let values: [Double?]
}

/// The points that share their values of two parameters.
public struct ProjectedPoint: Sendable, Hashable {
    /// The value of the first parameter.
    public let x: Double
    /// The value of the second parameter.
    public let y: Double
    /// The number of points with this verdict.
    public let stable: Int
    /// The number of points with this verdict.
    public let unstable: Int
    /// The mean of the chosen column over the stable points; `nil` if none has a value.
    public let mean: Double?
}

/// A build of a model, and the number of points that have their verdicts from it.
public struct ModelBuildCount: Sendable, Hashable {
    /// The model's name.
    public let model: String
    /// The build: a digest of its executable or image, or a version.
    public let version: String
    /// The number of points.
    public let count: Int
}

/// An error message, and the number of points that ended with it.
public struct ErrorCount: Sendable, Hashable {
    /// The error of the latest attempt.
    public let error: String
    /// The number of points.
    public let count: Int
}

// Each reads in a separate session: a read of a whole table takes long, and must not block other readers.
extension RunLedger {
    /// Passes each completed run of an exploration to `body`. Only a page of them is in memory at a time.
    ///
    /// - Parameters:
    ///   - columns: the columns whose values to read, such as parameters and outputs.
    ///   - sorted: whether to sort the runs by these columns.
    ///   - withCode: whether to read the code, too.
    /// - Throws: ``LedgerError``: `unknownExploration`, `invalidFilter` for an unknown column; the error of `body`.
    public nonisolated func forEachCompletedRun(
        of table: String, columns: [String] = [], sorted: Bool = false, withCode: Bool = false,
        _ body: (CompletedRun) throws -> Void
    ) async throws {
        let runs = try await runTable(table)
        let names = try columns.map { try runs.column(named: $0).identifier }
        let code: SQL = withCode ? "\(RunColumns.code)" : "NULL"
        let selected = [code, "\(RunColumns.verdict)"] + names.map { "\($0)" as SQL }
        let order: SQL = sorted && !names.isEmpty ? " ORDER BY \(names.map { "\($0)" as SQL })" : ""
        try await forEachRow(
            "SELECT \(selected) FROM \(runs.name) WHERE \(RunColumns.state) = 'completed'\(order)"
        ) { row in
            let code = try row.optionalText()
            let verdict = try row.value(of: Verdict.self)
            try body(CompletedRun(code: code, verdict: verdict, values: try names.map { _ in try row.optionalReal() }))
        }
    }

    /// Returns the number of different values that completed runs have in each of these columns.
    public nonisolated func distinctValueCounts(of columns: [String], in table: String) async throws -> [Int] {
        let runs = try await runTable(table)
        let counts = try columns.map { "COUNT(DISTINCT \(try runs.column(named: $0).identifier))" as SQL }
        var found: [Int] = []
        try await forEachRow("SELECT \(counts) FROM \(runs.name) WHERE \(RunColumns.state) = 'completed'") { row in
            found = try counts.map { _ in Int(try row.integer()) }
        }
        return found
    }

    /// Returns the points that were run, projected onto two parameters.
    ///
    /// - Parameter column: the column whose mean over the stable points to compute.
    public nonisolated func projection(
        of table: String, onto x: String, _ y: String, mean column: String? = nil
    ) async throws -> [ProjectedPoint] {
        let runs = try await runTable(table)
        let axes = try [x, y].map { "\(try runs.column(named: $0).identifier)" as SQL }
        let mean = try column.map {
            "AVG(CASE WHEN \(RunColumns.verdict) = 'stable' THEN \(try runs.column(named: $0).identifier) END)" as SQL
        }
        var points: [ProjectedPoint] = []
        try await forEachRow(
            """
            SELECT \(axes), COALESCE(SUM(\(RunColumns.verdict) = 'stable'), 0),
            COALESCE(SUM(\(RunColumns.verdict) = 'unstable'), 0), \(mean ?? "NULL")
            FROM \(runs.name) WHERE \(RunColumns.state) IN ('completed', 'error') GROUP BY 1, 2
            """
        ) { row in
            let x = try row.optionalReal()
            let y = try row.optionalReal()
            let stable = Int(try row.integer())
            let unstable = Int(try row.integer())
            let mean = try row.optionalReal()
            guard let x, let y else { return }
            points.append(ProjectedPoint(x: x, y: y, stable: stable, unstable: unstable, mean: mean))
        }
        return points
    }

    /// Returns the builds of models that gave the verdicts, the most frequent first.
    public nonisolated func modelBuilds(of table: String) async throws -> [ModelBuildCount] {
        let runs = try await runTable(table)
        var builds: [ModelBuildCount] = []
        try await forEachRow(
            """
            SELECT COALESCE(\(RunColumns.model), ''), COALESCE(\(RunColumns.modelVersion), ''), COUNT(*) AS points
            FROM \(runs.name) WHERE \(RunColumns.state) = 'completed' GROUP BY 1, 2 ORDER BY points DESC, 1, 2
            """
        ) { row in
            builds.append(
                ModelBuildCount(model: try row.text(), version: try row.text(), count: Int(try row.integer())))
        }
        return builds
    }

    /// Returns the most frequent errors of points in state `error`, the most frequent first.
    public nonisolated func frequentErrors(
        of table: String, limit: Int, timeLimit: Duration? = nil
    ) async throws -> [ErrorCount] {
        let runs = try await runTable(table)
        var errors: [ErrorCount] = []
        try await forEachRow(
            """
            SELECT COALESCE(\(RunColumns.error), ''), COUNT(*) AS points FROM \(runs.name)
            WHERE \(RunColumns.state) = 'error' GROUP BY 1 ORDER BY points DESC, 1 LIMIT \(max(0, limit))
            """, timeLimit: timeLimit
        ) { row in
            errors.append(ErrorCount(error: try row.text(), count: Int(try row.integer())))
        }
        return errors
    }

    /// Returns the ends of the latest completed runs, the latest first, in microseconds since 1970 UTC.
    public nonisolated func latestCompletionTimes(of table: String, limit: Int) async throws -> [Int64] {
        let runs = try await runTable(table)
        var times: [Int64] = []
        try await forEachRow(
            """
            SELECT \(RunReader.time("\(RunColumns.endedAt)")) FROM \(runs.name)
            WHERE \(RunColumns.state) = 'completed' AND \(RunColumns.endedAt) IS NOT NULL
            ORDER BY \(RunColumns.endedAt) DESC LIMIT \(max(0, limit))
            """
        ) { times.append(try $0.integer()) }
        return times
    }

    /// Passes the insertion time of each point that was inserted after `time` to `body`, in no particular order. Times
    /// are microseconds since 1970 UTC.
    public nonisolated func forEachInsertionTime(
        of table: String, after time: Int64, _ body: (Int64) throws -> Void
    ) async throws {
        let runs = try await runTable(table)
        try await forEachRow(
            """
            SELECT \(RunReader.time("\(RunColumns.queuedAt)")) FROM \(runs.name)
            WHERE \(RunColumns.queuedAt) > \(SQL.microseconds)
            """, [.integer(time)]
        ) { try body(try $0.integer()) }
    }

    private nonisolated func forEachRow(
        _ sql: SQL, _ parameters: [ParameterColumn] = [], timeLimit: Duration? = nil,
        _ body: (inout CellReader) throws -> Void
    ) async throws {
        let session = QuerySession(configuration)
        _ = try await session.open(sql, parameters, timeLimit: timeLimit)
        while case let page = try await session.next(1_000), !page.isEmpty {
            for cells in page {
                var row = CellReader(cells)
                try body(&row)
            }
        }
    }
}

// MARK: - Run times

extension RunLedger {
    /// Returns the mean duration of recently completed runs; `nil` if none has completed.
    ///
    /// The cost is about the same for a table of any size, without a separate index, which every insertion would have
    /// to maintain: hashes are evenly distributed, so the runs below some hash are a fair sample of all, and the index
    /// of states stores them next to each other. Up to some tens of thousands of runs the sample is all of them, so
    /// that the mean is over the 2,000 latest runs. Of more runs it is over 2,000 from the latest tenth or less.
    ///
    /// - Parameter timeLimit: the time limit for the server; `nil` for none.
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
            // This count is read from the index only.
            let count = try await number("SELECT COUNT(*) \(completed)", bound) ?? 0
            guard zeros == 0 || Int(count) >= sample.minSize else { continue }
            let mean = try await number(
                """
                SELECT AVG(\(RunColumns.runTime)) FROM (
                    SELECT \(RunColumns.runTime) \(completed) ORDER BY \(RunColumns.endedAt) DESC LIMIT \(sample.latest)
                ) AS recent
                """, bound)
            return mean.map { .seconds($0) }
        }
        return nil
    }
}

/// The size of the sample for a mean run time.
struct RunTimeSample {
    /// The number of runs that the mean is over: the latest of the sample.
    var latest = 2_000
    /// The minimum number of runs in the sample, if there are as many.
    var minSize = 20_000

    /// The fractions of all points that are tried in turn, until one has enough completed runs, as the number of
    /// leading zero bits of a hash.
    static let leadingZeros = Array(stride(from: 16, through: 0, by: -2))

    /// Returns the greatest hash with this number of leading zero bits.
    static func bound(leadingZeros: Int) -> [UInt8] {
        var hash = [UInt8](repeating: 0xFF, count: HexadecimalHash.byteCount)
        for bit in 0..<leadingZeros { hash[bit / 8] &= ~(0x80 >> UInt8(bit % 8)) }
        return hash
    }

    /// The completed runs up to some hash, which is the parameter.
    static func source(in runs: RunTable) -> SQL {
        // Without the hint, MariaDB reads all completed runs of the index.
        """
        FROM \(runs.name) FORCE INDEX (\(RunColumns.stateIndex))
        WHERE \(RunColumns.state) = 'completed' AND \(RunColumns.verdict) IN ('stable', 'unstable')
        AND \(RunColumns.hash) <= ?
        """
    }
}
