internal import ExplorationFile
internal import ParameterSpace
internal import RunLedger
internal import Support

/// Computes the proposals that follow from finished points by a local search. It looks up the verdicts around all of
/// them at once.
struct LocalExpansion: Sendable {
    let search: any LocalSearch
    let space: Space
    /// The searches to use instead while the edge need not be sharper than a tolerance, by the tolerance.
    private let resolving: [Int: any LocalSearch]

    init(_ search: any LocalSearch, in definition: ExplorationDefinition) {
        self.search = search
        space = definition.space
        resolving = definition.resolvingSearches
    }

    /// Returns the expansion by the search that the exploration's budget calls for.
    func within(_ budget: () async throws -> BudgetStatus?) async rethrows -> LocalExpansion {
        guard !resolving.isEmpty, let tolerance = try await budget()?.tolerance, let search = resolving[tolerance]
        else { return self }
        return LocalExpansion(search: search, space: space)
    }

    /// Returns the expansion by the search's first phase, while the job that waits for its end is in the queue.
    func now(isWaiting: () async throws -> Bool) async rethrows -> LocalExpansion {
        guard let first = search.first, try await isWaiting() else { return self }
        return LocalExpansion(search: first, space: space)
    }

    private init(search: any LocalSearch, space: Space) {
        self.search = search
        self.space = space
        resolving = [:]
    }

    /// The largest number of points that are expanded at a time. Their proposals go to Redis in one message, and are
    /// handled by one call of a script.
    var batch: Int { max(1, min(256, Self.maxProposals / max(1, search.maxProposals))) }

    /// This number keeps such a message below a megabyte, and such a call within milliseconds.
    private static let maxProposals = 4_096

    /// The proposals that follow from each of the points.
    ///
    /// The verdicts are read after those of the points themselves are in the ledger. So of two points whose verdicts
    /// together call for a third one, the one that is expanded last sees the other's verdict.
    ///
    /// - Parameter known: returns the ledger's rows of points, one for each.
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
