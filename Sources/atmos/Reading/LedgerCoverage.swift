internal import Exploration
internal import Hashing
internal import ParameterSpace
internal import RunLedger
internal import Simulation

/// Measures from the ledger how much of an exploration is known.
///
/// For each axis the server sorts the completed points, line after line of the grid, and they are read as they come: what
/// is held in memory does not grow with them.
struct LedgerCoverage: Sendable {
    let definition: ExplorationDefinition
    let ledger: RunLedger

    /// Which part of all runs, the latest ones, tells how many new points a run leads to: few enough for the front to have
    /// changed little since, within bounds that make for a mean with a small error and a short list.
    private static let latestPart = 20
    private static let latestRuns = 64...2_000
    /// How many points of a plan are looked at; a longer plan is taken for as long as it says.
    private static let countedPlan = 1_000_000

    /// - Throws: ``SettingError`` where an axis cannot be numbered; what the ledger throws.
    func report() async throws -> CoverageReport {
        let progress = try await ledger.progress(of: definition.table)
        var edges: [EdgeScan] = []
        for axis in definition.space.axes.indices { edges.append(try await scan(axis)) }
        let coverage = Coverage(
            stable: progress.stable, unstable: progress.unstable, edges: edges,
            remaining: try await remaining(progress))
        return CoverageReport(definition: definition, progress: progress, coverage: coverage)
    }

    private func scan(_ axis: Int) async throws -> EdgeScan {
        let space = definition.space
        guard var scan = EdgeScan(space, axis: axis) else {
            throw SettingError(
                description: "\(space.parameters[space.axes[axis].index].name) has too many values to be counted")
        }
        // Names of parameters are checked when a definition is read, and hold nothing but letters, digits and
        // underscores.
        let columns = scan.order.map { "`\(space.parameters[$0].name)`" }.joined(separator: ", ")
        let rows = try await ledger.stream(
            "SELECT \(columns), verdict = 'stable' FROM `\(definition.table)` WHERE state = 'completed' "
                + "ORDER BY \(columns)")
        var reader = LedgerPoints(space: space, columns: scan.order)
        while case let page = try await rows.next(), !page.isEmpty {
            for row in page {
                guard let point = reader.point(row) else { continue }
                scan.note(point, isStable: row[scan.order.count].integerValue == 1)
            }
        }
        scan.end()
        return scan
    }

    private func remaining(_ progress: LedgerProgress) async throws -> RemainingRuns {
        let outstanding = Int(progress.queued + progress.running)
        switch definition.strategy.search(in: definition.space) {
        case .sequence(let plan):
            return rest(of: plan, after: Int(progress.completed + progress.error))
        case .local:
            return RemainingRuns(outstanding: outstanding, offspring: try await offspring(of: Int(progress.completed)))
        case .global, nil:
            return RemainingRuns(atLeast: outstanding)
        }
    }

    private func rest(of plan: any PointSequence, after done: Int) -> RemainingRuns {
        guard plan.count <= Self.countedPlan else {
            return RemainingRuns(atLeast: 0, atMost: max(0, plan.count - done))
        }
        let columns = PointRegister.columns(of: definition.space, for: definition.strategy)
        var points = PointRegister(definition.space, columns: columns)
        for index in 0..<plan.count {
            // Several numbers of a plan may be the same point of the grid.
            if let point = plan.point(at: index) { _ = points.number(of: point) }
        }
        return RemainingRuns(exactly: max(0, points.count - done))
    }

    /// How many points each of the latest runs was the parent of.
    private func offspring(of completed: Int) async throws -> [Int] {
        let count = min(max(completed / Self.latestPart, Self.latestRuns.lowerBound), Self.latestRuns.upperBound)
        let latest = try await ledger.query(
            "SELECT hash FROM `\(definition.table)` WHERE state = 'completed' ORDER BY ended_at DESC, hash",
            rowLimit: count)
        var children: [[UInt8]: Int] = [:]
        var list: [String] = []
        for row in latest.rows {
            guard case .bytes(let hash) = row[0] else { continue }
            children[hash] = 0
            list.append("x'\(Hexadecimal.encode(hash))'")
        }
        guard !list.isEmpty else { return [] }
        let parents = try await ledger.stream(
            "SELECT parent, COUNT(*) FROM `\(definition.table)` WHERE parent IN (\(list.joined(separator: ", "))) "
                + "GROUP BY parent")
        while case let page = try await parents.next(), !page.isEmpty {
            for row in page {
                if case .bytes(let parent) = row[0] { children[parent] = Int(row[1].integerValue ?? 0) }
            }
        }
        return Array(children.values)
    }
}

/// Turns rows of the ledger's numbers into points. The same few values come up again and again.
private struct LedgerPoints {
    let space: Space
    /// The parameters of the row's cells, in their order.
    let columns: [Int]
    private var values: [[Double: ExactDecimal]]
    private var settled: [ExactDecimal]
    private static let largestMemory = 100_000

    init(space: Space, columns: [Int]) {
        self.space = space
        self.columns = columns
        values = columns.map { _ in [:] }
        settled = space.parameters.map(\.start)
    }

    /// The point; nil where a cell is no number, or the numbers no point.
    mutating func point(_ row: [Cell]) -> Point? {
        for (index, parameter) in columns.enumerated() {
            guard let number = row[index].realValue, let value = exact(number, index) else { return nil }
            settled[parameter] = value
        }
        return space.point(settled: settled)
    }

    /// The number of 64 bits was made of an exact decimal of fewer digits than it can hold, and is written as it.
    private mutating func exact(_ number: Double, _ index: Int) -> ExactDecimal? {
        if let value = values[index][number] { return value }
        guard let value = ExactDecimal("\(number)") else { return nil }
        if values[index].count >= Self.largestMemory { values[index] = [:] }
        values[index][number] = value
        return value
    }
}
