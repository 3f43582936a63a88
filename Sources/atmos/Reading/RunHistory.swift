internal import FoundationEssentials
internal import Hashing
internal import RunLedger
internal import TextTable

/// A point's row and its attempts, as text.
struct RunHistory {
    let exploration: RegisteredExploration
    let run: RunRow
    let attempts: [AttemptRow]

    var text: String {
        var lines = ["\(exploration.name)  \(Hexadecimal.encode(run.hash))"]
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { lines.append("  \(name): \(value)") }
        }
        add("code", run.code)
        for parameter in run.parameters { add(parameter.name, Self.number(parameter.value)) }
        add("state", run.state.rawValue)
        add("verdict", run.verdict?.rawValue)
        for output in run.outputs { add(output.name, Self.number(output.value)) }
        add("iterations", run.iterations.map { "\($0)" })
        add("message", run.message)
        add("error", run.error)
        add("reached from", run.parent.map { Hexadecimal.encode($0) })
        add("queued at", run.queuedAt.map(Self.time))
        add("model", run.model.map { "\($0) \(run.modelVersion ?? "")" })
        add("files", run.artifact)
        guard !attempts.isEmpty else { return (lines + ["  no attempt yet"]).joined(separator: "\n") }
        lines.append(table)
        for attempt in attempts where attempt.state == .error {
            lines.append("attempt \(attempt.attempt): \(attempt.kind ?? "error"): \(attempt.message ?? "")")
            if let log = attempt.logTail, !log.isEmpty { lines.append(Self.indented(log, lines: 20)) }
        }
        return lines.joined(separator: "\n")
    }

    private var table: String {
        let table = TextTable<AttemptRow> { attempt in
            [
                Column(title: "attempt", value: attempt.attempt, align: .right),
                Column(title: "ended as", value: attempt.state.rawValue),
                Column(title: "started at (UTC)", value: Self.time(attempt.startedAt)),
                Column(
                    title: "seconds", value: attempt.endedAt.map { Self.seconds($0 - attempt.startedAt) } ?? "",
                    align: .right),
                Column(title: "worker", value: attempt.worker),
                Column(title: "exit", value: attempt.exitStatus ?? ""),
            ]
        }
        return table.string(for: attempts, style: Style.psql) ?? ""
    }

    private static func number(_ value: Double?) -> String {
        value.map { "\($0)" } ?? "NULL"
    }

    private static func time(_ microseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(microseconds) / 1e6)
            .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true).dateTimeSeparator(.space))
    }

    private static func seconds(_ microseconds: Int64) -> String {
        "\(Double(microseconds / 1_000) / 1_000)"
    }

    private static func indented(_ log: String, lines count: Int) -> String {
        log.split(separator: "\n").suffix(count).map { "    \($0)" }.joined(separator: "\n")
    }
}
