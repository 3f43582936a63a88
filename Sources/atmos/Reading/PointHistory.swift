internal import ExplorationFile
internal import ParameterSpace
internal import Pipeline
internal import RunLedger
internal import Support
internal import TextTable

/// A point's row, its attempts and its surroundings, as text.
struct PointHistory {
    let exploration: RegisteredExploration
    let run: RunRow
    let attempts: [AttemptRow]
    let surroundings: PointSurroundings

    var text: String {
        var lines = ["\(exploration.name)  \(Hexadecimal.encode(run.hash))"]
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { lines.append("  \(name): \(value.terminalSafe)") }
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
        add("queued at", run.queuedAt.map(UTC.readable))
        add("model", run.model.map { "\($0) \(run.modelVersion ?? "")" })
        add("files", run.artifact)
        lines.append(surroundings.text)
        guard !attempts.isEmpty else {
            let note =
                run.attemptCount == 0 ? "no attempt yet" : "this ledger does not have the history of its attempts"
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
                Column(title: "started at (UTC)", value: UTC.readable(microseconds: attempt.startedAt)),
                Column(
                    title: "seconds", value: attempt.endedAt.map { Self.seconds($0 - attempt.startedAt) } ?? "",
                    align: .right),
                Column(title: "worker", value: attempt.worker.terminalSafe),
                Column(title: "exit", value: (attempt.exitStatus ?? "").terminalSafe),
            ]
        }
        return table.string(for: attempts, style: Style.psql) ?? ""
    }

    /// The machine and the software of an attempt, and the error and the end of the log of a failed one.
    private func provenance(of attempt: AttemptRow) -> [String] {
        let parts: [(String, String?)] = [
            ("host", attempt.host), ("pod", attempt.pod), ("node", attempt.node),
            ("model", "\(attempt.model) \(attempt.modelVersion)"), ("software", attempt.softwareVersion),
            ("definition", attempt.explorationDigest),
            ("peak memory", attempt.peakMemory.map { "\($0 >> 10) KiB" }), ("files", attempt.artifact),
        ]
        let known = parts.compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : "\(name) \($0.terminalSafe)" }
        }
        var lines = ["attempt \(attempt.attempt) (lease \(attempt.token)): \(known.joined(separator: ", "))"]
        guard attempt.state == .error else { return lines }
        lines.append("  \(attempt.kind ?? "error"): \((attempt.message ?? "").terminalSafe)")
        if let log = attempt.logTail, !log.isEmpty {
            lines += log.split(separator: "\n").suffix(20).map { "    \(String($0).terminalSafe)" }
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

/// The points around a point in the search: those on the path to it, and its neighbours.
struct PointSurroundings: Sendable {
    /// The points that this one was reached through, the nearest first. The last is a start point, or a point whose
    /// parent the ledger does not have.
    let ancestors: [LedgerPoint]
    /// The point's neighbours, with the ledger's row of each.
    let neighbours: [(point: Point, known: LedgerPoint?)]

    static func read(
        of point: LedgerPoint, _ definition: ExplorationDefinition, _ ledger: RunLedger
    ) async throws -> PointSurroundings {
        var ancestors: [LedgerPoint] = []
        var seen: Set<[UInt8]> = [point.hash]
        var next = point.parent
        while let parent = next, seen.insert(parent).inserted,
            let found = try await ledger.points([parent], in: definition.table)[0]
        {
            ancestors.append(found)
            next = found.parent
        }
        var neighbours: [(point: Point, known: LedgerPoint?)] = []
        if let centre = try point.code.map({ try definition.space.point(code: $0) }) {
            let points = definition.neighbours(of: centre)
            let hashes = points.map { definition.space.hash(of: $0).bytes }
            neighbours = Array(zip(points, try await ledger.points(hashes, in: definition.table)))
        }
        return PointSurroundings(ancestors: ancestors, neighbours: neighbours)
    }

    /// The maximum number of ancestors, and of neighbours, in the text.
    private static let maxRows = 40

    var text: String {
        var lines: [String] = []
        if ancestors.isEmpty {
            lines.append("  reached from: nothing; it is a start point, or its parent is not in the ledger")
        } else {
            lines.append("  path back to the start, \(ancestors.count) steps:")
            let listed = ancestors.count > Self.maxRows ? Array(ancestors.prefix(Self.maxRows - 1)) : ancestors
            lines += listed.map { "    \($0.code ?? "?")  \($0.stateName)" }
            if listed.count < ancestors.count, let last = ancestors.last {
                lines.append("    … \(ancestors.count - listed.count - 1) more …")
                lines.append("    \(last.code ?? "?")  \(last.stateName)")
            }
        }
        guard !neighbours.isEmpty else { return lines.joined(separator: "\n") }
        lines.append("  neighbours: \(Self.summary(of: neighbours.map(\.known)))")
        lines += neighbours.prefix(Self.maxRows).map {
            "    \($0.point.code)  \($0.known?.stateName ?? "not in the ledger")"
        }
        if neighbours.count > Self.maxRows { lines.append("    … \(neighbours.count - Self.maxRows) more …") }
        return lines.joined(separator: "\n")
    }

    /// The number of points in each state, such as `2 stable, 1 unstable, 1 not in the ledger`.
    static func summary(of known: [LedgerPoint?]) -> String {
        let words = known.map { $0?.stateName ?? "not in the ledger" }
        let order = ["stable", "unstable", "queued", "running", "error", "given up", "not in the ledger"]
        return order.compactMap { word in
            let count = words.count { $0 == word }
            return count == 0 ? nil : "\(count) \(word)"
        }.joined(separator: ", ")
    }
}

extension LedgerPoint {
    /// The verdict, or else the state.
    var stateName: String {
        verdict?.rawValue ?? (isGivenUp ? "given up" : state.rawValue)
    }
}
