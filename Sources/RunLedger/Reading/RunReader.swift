internal import Support

/// Selects whole rows of runs and attempts, and reads them.
struct RunReader {
    private let table: RunTable

    init(_ table: RunTable) { self.table = table }

    private typealias Column = RunColumns

    /// The selection that ``run(_:)`` reads, up to its condition.
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

    /// What became of an attempt `a` at a run `r`: it is lost once a later lease began, or once its own ended in another
    /// way than by its word.
    static let attemptState: SQL = """
        IF(a.state = 'running' AND (r.token > a.token OR r.token = a.token AND r.state IN ('error', 'completed')),
        'lost', a.state)
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

    /// A date as microseconds since 1970.
    private static func time(_ column: SQL) -> SQL { "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', \(column))" }
}
