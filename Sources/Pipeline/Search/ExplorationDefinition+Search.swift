package import ExplorationFile
internal import ModelRunner
package import ParameterSpace
internal import RunLedger
package import Support

extension ExplorationDefinition {
    /// The strategy at work in the exploration's space.
    package var search: Search {
        guard let search = strategy.search(in: space) else {
            preconditionFailure("a definition whose strategy does not suit its space is refused when it is read")
        }
        return search
    }

    /// The strategy, with no more asked of it than a budget's tolerance.
    package func strategy(within budget: ExplorationBudget) -> Strategy {
        guard case .frontier(let frontier) = strategy, let tolerance = budget.tolerance else { return strategy }
        return .frontier(frontier.resolved(within: tolerance))
    }

    /// The searches that a budget's tolerance may call for, by the tolerance; none where the strategy knows none.
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

    /// Whether the master asks the ledger: for the verdicts around a point, or for all points so far.
    package var masterReadsLedger: Bool {
        switch strategy {
        case .flood(let flood): flood.expandsKnown
        case .frontier, .adaptive: true
        case .sequence: false
        }
    }

    /// Whether all points are laid out beforehand, so that there is no start.
    package var isSequence: Bool {
        if case .sequence = strategy { true } else { false }
    }

    /// The verdicts of points that lead on: whose neighbours are looked at once they are finished.
    package var leadingVerdicts: Set<Verdict> {
        guard case .local(let search) = search else { return [] }
        return search.expandsUnstablePoints ? [.stable, .unstable] : [.stable]
    }

    /// The point of a message on `explore`.
    func finishedPoint(_ message: PointMessage) throws -> FinishedPoint {
        FinishedPoint(point: try space.point(code: message.code), isStable: message.verdict != .unstable)
    }

    /// A completed point of the ledger; nil for one without a verdict or without a code.
    func finishedPoint(_ row: LedgerPoint) throws -> FinishedPoint? {
        guard let code = row.code, let verdict = row.verdict else { return nil }
        return FinishedPoint(point: try space.point(code: code), isStable: verdict == .stable)
    }

    /// The points around a point: by the flood's rule, or with another strategy one step away.
    package func neighbours(of point: Point) -> [Point] {
        neighbourhood.neighbours(of: point, in: space)
    }

    private var neighbourhood: Neighbourhood {
        if case .flood(let flood) = strategy { flood.neighbourhood } else { Neighbourhood(shape: .sides, steps: 1) }
    }
}
