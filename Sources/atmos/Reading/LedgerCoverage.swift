internal import ExplorationFile
internal import ParameterSpace
internal import Pipeline
internal import RunLedger
internal import Simulation
internal import Support

/// Measures from the ledger how much of an exploration is known.
///
/// For each axis the server sorts the completed points, line after line of the grid, and they are read as they come: what
/// is held in memory does not grow with them.
struct LedgerCoverage: Sendable {
    let definition: ExplorationDefinition
    let ledger: RunLedger

    /// How many points of a plan are looked at; a longer plan is taken for as long as it says.
    private static let countedPlan = 1_000_000

    /// - Throws: ``SettingError`` where an axis cannot be numbered; what the ledger throws.
    func report() async throws -> CoverageReport {
        let progress = try await ledger.progress(of: definition.table)
        var budget = ExplorationBudget()
        budget.tolerance = try await ledger.budget(of: definition.table)?.tolerance
        let strategy = definition.strategy(within: budget)
        let grids = EdgeGrids(strategy, in: definition.space)
        var edges: [EdgeScan] = []
        for axis in definition.space.axes.indices { edges.append(try await scan(axis, on: grids)) }
        let coverage = Coverage(
            stable: progress.stable, unstable: progress.unstable, edges: edges,
            remaining: try await remaining(
                progress, strategy,
                grids.flatMap { EdgeProgress($0, scans: edges, finished: progress.completed) }))
        return CoverageReport(definition: definition, progress: progress, coverage: coverage)
    }

    private func scan(_ axis: Int, on grids: EdgeGrids?) async throws -> EdgeScan {
        let space = definition.space
        guard var scan = EdgeScan(space, axis: axis, on: grids) else {
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
                scan.add(point, isStable: row[scan.order.count].integerValue == 1)
            }
        }
        scan.end()
        return scan
    }

    private func remaining(
        _ progress: LedgerProgress, _ strategy: Strategy, _ edge: EdgeProgress?
    ) async throws -> RemainingRuns {
        switch strategy.search(in: definition.space) {
        case .sequence(let plan):
            return rest(of: plan, after: progress.completed + progress.error)
        case .local, .global:
            return RemainingRuns(
                of: strategy, dimensions: definition.space.axes.count,
                outstanding: progress.queued + progress.running, finished: progress.completed,
                front: try await LedgerFront(definition: definition, ledger: ledger).read(progress), edge: edge)
        case nil:
            return RemainingRuns(atLeast: progress.queued + progress.running)
        }
    }

    private func rest(of plan: any PointSequence, after done: Int) -> RemainingRuns {
        guard plan.count <= Self.countedPlan else {
            return RemainingRuns(atLeast: 0, atMost: max(0, plan.count - done))
        }
        let columns = PointTable.columns(of: definition.space, for: definition.strategy)
        var points = PointTable(definition.space, columns: columns)
        for index in 0..<plan.count {
            // Several numbers of a plan may be the same point of the grid.
            if let point = plan.point(at: index) { _ = points.number(of: point) }
        }
        return RemainingRuns(exactly: max(0, points.count - done))
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
        return space.point(completing: settled)
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
