internal import ExplorationFile
internal import ParameterSpace
internal import RunLedger
internal import Support

/// What a local search makes of finished points, with the verdicts around them looked up for all of them at once.
struct LocalExpansion: Sendable {
    let search: any LocalSearch
    let space: Space
    /// In place of the search, as long as the edge need not be sharper than a tolerance, by that.
    private let resolving: [Int: any LocalSearch]

    init(_ search: any LocalSearch, in definition: ExplorationDefinition) {
        self.search = search
        space = definition.space
        resolving = definition.resolvingSearches
    }

    /// The expansion by the search that the exploration's budget calls for.
    func within(_ budget: () async throws -> BudgetStatus?) async rethrows -> LocalExpansion {
        guard !resolving.isEmpty, let tolerance = try await budget()?.tolerance, let search = resolving[tolerance]
        else { return self }
        return LocalExpansion(search: search, space: space)
    }

    /// The expansion by the search that comes first, as long as the job that waits for its end is there.
    func now(isWaiting: () async throws -> Bool) async rethrows -> LocalExpansion {
        guard let first = search.first, try await isWaiting() else { return self }
        return LocalExpansion(search: first, space: space)
    }

    private init(search: any LocalSearch, space: Space) {
        self.search = search
        self.space = space
        resolving = [:]
    }

    /// The most points that are expanded at a time: their proposals go to Redis in one message, in one script's run.
    var batch: Int { max(1, min(256, Self.proposalsAtATime / max(1, search.maxProposals))) }

    /// So many proposals keep such a message below a megabyte and such a script in the milliseconds.
    private static let proposalsAtATime = 4_096

    /// The proposals that follow from each of the points.
    ///
    /// The verdicts are looked up after the points themselves have theirs in the ledger. So of two points whose verdicts
    /// together ask for a third, the one that is expanded last sees the other's, whatever the order.
    ///
    /// - Parameter known: what the ledger has of the given points, one for each.
    func proposals(
        after points: [FinishedPoint], known: ([PointHash]) async throws -> [LedgerPoint?]
    ) async rethrows -> [[Proposal]] {
        let questions = Array(Set(points.flatMap(search.questions)))
        guard !questions.isEmpty else { return points.map { search.proposals(after: $0, knowing: [:]) } }
        var verdicts: [Point: Bool] = [:]
        for (point, found) in zip(questions, try await known(questions.map(space.hash))) {
            verdicts[point] = found?.verdict.map { $0 == .stable }
        }
        return points.map { search.proposals(after: $0, knowing: verdicts) }
    }
}
