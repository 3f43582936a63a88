internal import ExplorationFile
internal import ParameterSpace
internal import Pipeline
internal import RunLedger
internal import Simulation
internal import Support

/// Measures from the ledger how much of an exploration is known.
///
/// For each axis the server sorts the completed points, line after line of the grid, and they are streamed: memory use
/// does not grow with their number.
struct LedgerCoverage: Sendable {
    let definition: ExplorationDefinition
    let ledger: RunLedger

    /// The longest plan whose different points are counted; a longer plan counts with its length.
    private static let maxCountedPlan = 1_000_000

    /// - Throws: ``SettingError`` if an axis has too many values; the errors of the ledger.
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
        var reader = PointDecoder(space: space, columns: scan.order)
        try await ledger.forEachCompletedRun(
            of: definition.table, columns: scan.order.map { space.parameters[$0].name }, sorted: true
        ) { run in
            guard let point = reader.point(run.values) else { return }
            scan.add(point, isStable: run.verdict == .stable)
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
            if progress.queued + progress.running == 0 {
                let unproposed = try await UnproposedPoints(definition: definition, ledger: ledger).count()
                if unproposed > 0 { return RemainingRuns(atLeast: unproposed) }
            }
            return RemainingRuns(
                of: strategy, dimensions: definition.space.axes.count,
                outstanding: progress.queued + progress.running, finished: progress.completed,
                front: try await LedgerFront(definition: definition, ledger: ledger).read(progress), edge: edge)
        case nil:
            return RemainingRuns(atLeast: progress.queued + progress.running)
        }
    }

    private func rest(of plan: any PointSequence, after done: Int) -> RemainingRuns {
        guard plan.count <= Self.maxCountedPlan else {
            return RemainingRuns(atLeast: 0, atMost: max(0, plan.count - done))
        }
        let columns = PointTable.columns(of: definition.space, for: definition.strategy)
        var points = PointTable(definition.space, columns: columns)
        for index in 0..<plan.count {
            // Several items of a plan may be the same point of the grid.
            if let point = plan.point(at: index) { _ = points.number(of: point) }
        }
        return RemainingRuns(exactly: max(0, points.count - done))
    }
}

/// Converts the ledger's numbers to points. Caches conversions, since the same few values recur.
private struct PointDecoder {
    let space: Space
    /// The parameters of the values, in their order.
    let columns: [Int]
    private var decimals: [[Double: ExactDecimal]]
    private var settled: [ExactDecimal]
    private static let maxCached = 100_000

    init(space: Space, columns: [Int]) {
        self.space = space
        self.columns = columns
        decimals = columns.map { _ in [:] }
        settled = space.parameters.map(\.start)
    }

    /// Returns the point; `nil` if a value is missing or invalid.
    mutating func point(_ values: [Double?]) -> Point? {
        for (index, parameter) in columns.enumerated() {
            guard let number = values[index], let value = exact(number, index) else { return nil }
            settled[parameter] = value
        }
        return space.point(completing: settled)
    }

    /// The number was made from an exact decimal with fewer digits than a `Double` can hold, so its shortest text is that
    /// decimal.
    private mutating func exact(_ number: Double, _ index: Int) -> ExactDecimal? {
        if let value = decimals[index][number] { return value }
        guard let value = ExactDecimal("\(number)") else { return nil }
        if decimals[index].count >= Self.maxCached { decimals[index] = [:] }
        decimals[index][number] = value
        return value
    }
}
