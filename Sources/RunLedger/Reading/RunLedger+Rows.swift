internal import Support

extension RunLedger {
    /// Counts the points in each state. Reads an index of the whole table: about 0.2 s for a million points.
    public func progress(of table: String) async throws -> LedgerProgress {
        try await read("progress", in: table) { connection, runs in
            let rows = try connection.prepared(
                """
                SELECT \(RunColumns.state), \(RunColumns.verdict), COUNT(*) FROM \(runs.name)
                GROUP BY \(RunColumns.state), \(RunColumns.verdict)
                """
            ).rows()
            var progress = LedgerProgress()
            for cells in rows {
                var row = CellReader(cells)
                let state = try row.value(of: RunState.self)
                let verdict = try row.optionalValue(of: Verdict.self)
                let count = Int(try row.integer())
                switch (state, verdict) {
                case (.queued, _): progress.queued += count
                case (.running, _): progress.running += count
                case (.error, _): progress.error += count
                case (.completed, .stable): progress.stable += count
                case (.completed, _): progress.unstable += count
                }
            }
            return progress
        }
    }

    /// Returns the point with this hash (32 bytes); `nil` if it is unknown.
    public func run(_ hash: [UInt8], in table: String) async throws -> RunRow? {
        try await read("run", in: table) { connection, runs in
            let reader = RunReader(runs)
            let rows = try connection.prepared("\(reader.run) WHERE \(RunColumns.hash) = ?").rows([.hash(hash)])
            return try rows.first.map { try reader.run($0) }
        }
    }

    /// Returns the history of a point, oldest lease first; empty if it is unknown.
    public func attempts(of hash: [UInt8], in table: String) async throws -> [AttemptRow] {
        try await read("attempts", in: table) { connection, runs in
            let rows = try connection.prepared(RunReader(runs).attempts).rows([.integer(runs.id), .hash(hash)])
            return try rows.map { try RunReader.attempt($0) }
        }
    }
}

/// Selects and decodes whole rows of runs and attempts.
struct RunReader {
    private let table: RunTable

    init(_ table: RunTable) { self.table = table }

    private typealias Column = RunColumns

    /// The statement whose rows ``run(_:)`` decodes, without a condition.
    var run: SQL {
        let first: [SQL] = ["\(Column.hash)", "\(Column.code)", "\(Column.state)", "\(Column.verdict)"]
        let last: [SQL] = [
            Self.time(Column.queuedAt), Self.time(Column.startedAt), Self.time(Column.endedAt), "\(Column.runTime)",
            "\(Column.worker)", "\(Column.model)", "\(Column.modelVersion)", "\(Column.token)",
            "\(Column.attemptCount)", "\(Column.parent)", "\(Column.iterations)", "\(Column.error)",
            "\(Column.message)", "\(Column.artifact)",
        ]
        let numbers = (table.parameters + table.outputs).map { "\($0)" as SQL }
        return "SELECT \(first + numbers + last) FROM \(table.name)"
    }

    func run(_ cells: [Cell]) throws -> RunRow {
        var row = CellReader(cells)
        let hash = try row.bytes()
        let code = try row.optionalText()
        let state = try row.value(of: RunState.self)
        let verdict = try row.optionalValue(of: Verdict.self)
        let parameters = try table.parameters.map { NamedNumber(name: $0.text, value: try row.optionalReal()) }
        let outputs = try table.outputs.map { NamedNumber(name: $0.text, value: try row.optionalReal()) }
        return RunRow(
            hash: hash, code: code, parameters: parameters, state: state, verdict: verdict, outputs: outputs,
            queuedAt: try row.optionalInteger(), startedAt: try row.optionalInteger(),
            endedAt: try row.optionalInteger(), runTime: try row.optionalReal(), worker: try row.optionalText(),
            model: try row.optionalText(), modelVersion: try row.optionalText(), token: try row.unsigned(),
            attemptCount: Int(try row.integer()), parent: try row.optionalBytes(),
            iterations: try row.optionalInteger().map { Int($0) }, error: try row.optionalText(),
            message: try row.optionalText(), artifact: try row.optionalText())
    }

    /// The state of an attempt `a` at a run `r`: it is lost if it was given up, if a later lease started, or if the run
    /// under its token ended without a record of the attempt's end.
    static let attemptState: SQL = """
        IF(a.state = 'running' AND (a.ended_at IS NOT NULL OR r.token > a.token
        OR r.token = a.token AND r.state IN ('error', 'completed')), 'lost', a.state)
        """

    /// The history of a point. Parameters: exploration, hash.
    var attempts: SQL {
        """
        SELECT a.token, a.attempt, \(Self.attemptState), a.worker, a.host, a.model, a.model_version,
        \(Self.time("a.started_at")), \(Self.time("a.ended_at")), a.kind, a.message, a.log_tail, a.exit_status,
        a.peak_memory, a.artifact, a.pod, a.node, a.exploration_digest, a.software_version
        FROM attempts a LEFT JOIN \(table.name) r ON r.hash = a.hash
        WHERE a.exploration_id = ? AND a.hash = ? ORDER BY a.token
        """
    }

    static func attempt(_ cells: [Cell]) throws -> AttemptRow {
        var row = CellReader(cells)
        return AttemptRow(
            token: try row.unsigned(), attempt: Int(try row.integer()), state: try row.value(of: AttemptRow.State.self),
            worker: try row.text(), host: try row.text(), model: try row.text(), modelVersion: try row.text(),
            startedAt: try row.integer(), endedAt: try row.optionalInteger(), kind: try row.optionalText(),
            message: try row.optionalText(), logTail: try row.optionalText(), exitStatus: try row.optionalText(),
            peakMemory: try row.optionalInteger(), artifact: try row.optionalText(), pod: try row.optionalText(),
            node: try row.optionalText(), explorationDigest: try row.optionalText(),
            softwareVersion: try row.optionalText())
    }

    private static func time(_ column: Identifier) -> SQL { time("\(column)" as SQL) }

    /// The expression for a date as microseconds since 1970.
    static func time(_ column: SQL) -> SQL { "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', \(column))" }
}
