internal import Support

/// The columns of a file of attempts.
struct AttemptColumns {
    let columns: [RunTableColumn]
    /// For each of them what is selected, of the history `a` and the table of runs `r`.
    let selected: [SQL]

    /// - Parameter withLogs: whether the end of each attempt's log is among them.
    init(withLogs: Bool) {
        let all = withLogs ? Self.all + [Self.log] : Self.all
        columns = all.map(\.column)
        selected = all.map { $0.column.selected($0.value) }
    }

    private struct Source {
        let column: RunTableColumn
        let value: SQL

        init(
            _ name: StaticString, _ kind: RunTableColumn.Kind, _ description: String, unit: String = "",
            value: SQL? = nil
        ) {
            let identifier = Identifier(fixed: name)
            column = RunTableColumn(
                name: identifier.text, kind: kind, role: .fixed, unit: unit, description: description)
            self.value = value ?? "a.\(identifier)"
        }
    }

    private static let all = [
        Source("hash", .hash, "SHA-256 of the point: the key of its run"),
        Source(
            "code", .text, "the parameters as exact decimals, in their declared order", value: "r.\(RunColumns.code)"),
        Source("token", .unsigned, "fencing token of the attempt's lease: a later lease has a greater one"),
        Source("attempt", .integer, "1 plus the failures before it"),
        Source("state", .text, "running, lost, error or completed", value: RunReader.attemptState),
        Source("worker", .text, "who made the attempt"),
        Source("host", .text, "the machine"),
        Source("pod", .text, "the Kubernetes pod"),
        Source("node", .text, "the node of the cluster"),
        Source("model", .text, "the model"),
        Source("model_version", .text, "the model's version: a digest of its executable or image"),
        Source("software_version", .text, "the version of the worker's software"),
        Source("exploration_digest", .text, "of the definition that the worker went by"),
        Source("started_at", .time, "when the attempt began, UTC"),
        Source("ended_at", .time, "when the attempt ended, UTC"),
        Source("kind", .text, "of a failure: timeout, signal, exit, …"),
        Source("message", .text, "what happened, or what the model said of its verdict"),
        Source("exit_status", .text, "how the process ended"),
        Source("peak_memory", .integer, "the most memory that the attempt took", unit: "byte"),
        Source("artifact", .text, "where the files that it left are kept"),
    ]

    private static let log = Source("log_tail", .text, "the end of the model's log")
}
