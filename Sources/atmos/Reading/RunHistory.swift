internal import RunLedger
internal import Support
internal import TextTable

/// A point's row, its attempts and its surroundings, as text.
struct RunHistory {
    let exploration: RegisteredExploration
    let run: RunRow
    let attempts: [AttemptRow]
    let surroundings: PointSurroundings

    var text: String {
        var lines = ["\(exploration.name)  \(Hexadecimal.encode(run.hash))"]
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { lines.append("  \(name): \(PlainText.oneLine(value))") }
        }
        add("code", run.code)
        for parameter in run.parameters { add(parameter.name, number(parameter)) }
        add("state", run.state.rawValue)
        add("verdict", run.verdict?.rawValue)
        for output in run.outputs { add(output.name, number(output)) }
        add("iterations", run.iterations.map { "\($0)" })
        add("message", run.message)
        add("error", run.error)
        add("reached from", run.parent.map { Hexadecimal.encode($0) })
        add("queued at", run.queuedAt.map { ShownTime.text(microseconds: $0) })
        add("model", run.model.map { "\($0) \(run.modelVersion ?? "")" })
        add("files", run.artifact)
        lines.append(surroundings.text)
        guard !attempts.isEmpty else {
            let note = run.attemptCount == 0 ? "no attempt yet" : "the history of its attempts is not in this ledger"
            return (lines + ["  \(note)"]).joined(separator: "\n")
        }
        lines.append(table)
        for attempt in attempts { lines += provenance(of: attempt) }
        return lines.joined(separator: "\n")
    }

    private var table: String {
        let table = TextTable<AttemptRow> { attempt in
            [
                Column(title: "attempt", value: attempt.attempt, align: .right),
                Column(title: "ended as", value: attempt.state.rawValue),
                Column(title: "started at (UTC)", value: ShownTime.text(microseconds: attempt.startedAt)),
                Column(
                    title: "seconds", value: attempt.endedAt.map { Self.seconds($0 - attempt.startedAt) } ?? "",
                    align: .right),
                Column(title: "worker", value: PlainText.oneLine(attempt.worker)),
                Column(title: "exit", value: PlainText.oneLine(attempt.exitStatus ?? "")),
            ]
        }
        return table.string(for: attempts, style: Style.psql) ?? ""
    }

    /// Where and by what an attempt was made, and what a failed one said.
    private func provenance(of attempt: AttemptRow) -> [String] {
        let parts: [(String, String?)] = [
            ("host", attempt.host), ("pod", attempt.pod), ("node", attempt.node),
            ("model", "\(attempt.model) \(attempt.modelVersion)"), ("software", attempt.softwareVersion),
            ("definition", attempt.explorationDigest),
            ("peak memory", attempt.peakMemory.map { "\($0 >> 10) KiB" }), ("files", attempt.artifact),
        ]
        let told = parts.compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : "\(name) \(PlainText.oneLine($0))" }
        }
        var lines = ["attempt \(attempt.attempt) (lease \(attempt.token)): \(told.joined(separator: ", "))"]
        guard attempt.state == .error else { return lines }
        lines.append("  \(attempt.kind ?? "error"): \(PlainText.oneLine(attempt.message ?? ""))")
        if let log = attempt.logTail, !log.isEmpty {
            lines += log.split(separator: "\n").suffix(20).map { "    \(PlainText.oneLine(String($0)))" }
        }
        return lines
    }

    private func number(_ number: NamedNumber) -> String {
        let columns = exploration.parameters + exploration.outputs
        let unit = columns.first { $0.name == number.name }?.unit ?? ""
        guard let value = number.value else { return "NULL" }
        return unit.isEmpty || unit == "1" ? "\(value)" : "\(value) \(unit)"
    }

    private static func seconds(_ microseconds: Int64) -> String {
        "\(Double(microseconds / 1_000) / 1_000)"
    }
}
