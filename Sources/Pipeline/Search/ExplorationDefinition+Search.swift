package import ExplorationFile
internal import ModelRunner
package import ParameterSpace
internal import RunLedger
package import Support

extension ExplorationDefinition {
    /// The strategy's search in the exploration's space.
    package var search: Search {
        guard let search = strategy.search(in: space) else {
            preconditionFailure("the reader refuses a definition whose strategy does not suit its space")
        }
        return search
    }

    /// The strategy, limited to a budget's tolerance.
    package func strategy(within budget: ExplorationBudget) -> Strategy {
        guard case .frontier(let frontier) = strategy, let tolerance = budget.tolerance else { return strategy }
        return .frontier(frontier.resolved(within: tolerance))
    }

    /// The searches that a budget's tolerance may call for, by the tolerance; empty for a strategy without tolerance.
    var resolvingSearches: [Int: any LocalSearch] {
        guard case .frontier(let frontier) = strategy else { return [:] }
        var searches: [Int: any LocalSearch] = [:]
        for tolerance in (0...frontier.initialStep.trailingZeroBitCount).map({ 1 << $0 }) {
            guard case .local(let search) = Strategy.frontier(frontier.resolved(within: tolerance)).search(in: space)
            else { continue }
            searches[tolerance] = search
        }
        return searches
    }

    /// Whether the master reads the ledger: the verdicts around a point, or all points so far.
    package var masterReadsLedger: Bool {
        switch strategy {
        case .flood(let flood): flood.expandsKnown
        case .frontier, .adaptive: true
        case .sequence: false
        }
    }

    /// Whether all points are planned in advance, so that there is no start point.
    package var isSequence: Bool {
        if case .sequence = strategy { true } else { false }
    }

    /// The verdicts that lead on: a finished point with such a verdict is expanded.
    package var leadingVerdicts: Set<Verdict> {
        guard case .local(let search) = search else { return [] }
        return search.expandsUnstablePoints ? [.stable, .unstable] : [.stable]
    }

    /// The point of a message on `explore`.
    func finishedPoint(_ message: PointMessage) throws -> FinishedPoint {
        FinishedPoint(point: try space.point(code: message.code), isStable: message.verdict != .unstable)
    }

    /// A completed point of the ledger; `nil` for a row without a verdict or without a code.
    func finishedPoint(_ row: LedgerPoint) throws -> FinishedPoint? {
        guard let code = row.code, let verdict = row.verdict else { return nil }
        return FinishedPoint(point: try space.point(code: code), isStable: verdict == .stable)
    }

    /// The points around a point: by the flood's rule, or one step away for any other strategy.
    package func neighbours(of point: Point) -> [Point] {
        neighbourhood.neighbours(of: point, in: space)
    }

    private var neighbourhood: Neighbourhood {
        if case .flood(let flood) = strategy { flood.neighbourhood } else { Neighbourhood(shape: .sides, steps: 1) }
    }
}
