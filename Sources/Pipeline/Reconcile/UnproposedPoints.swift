package import ExplorationFile
internal import LeaseQueue
internal import ParameterSpace
package import RunLedger
internal import Support

/// Finds, from the ledger alone, points that a local search would run next and the ledger lacks.
///
/// There are such points if runs were imported, or if messages were lost.
package struct UnproposedPoints: Sendable {
    private let definition: ExplorationDefinition
    private let ledger: RunLedger

    /// The number of finished points to look at, which takes some seconds.
    private static let maxPoints = 100_000

    package init(definition: ExplorationDefinition, ledger: RunLedger) {
        self.definition = definition
        self.ledger = ledger
    }

    /// Looks at the finished points until one leads to such points.
    ///
    /// - Returns: a lower bound of the number of such points. 0 means that none of the points that were looked at leads
    ///   to one; so does every search that is not local.
    /// - Throws: the errors of the ledger.
    package func count() async throws -> Int {
        guard case .local(let search) = definition.search else { return 0 }
        let table = definition.table
        let decision = RepairDecision(definition: definition)
        let expansion = try await LocalExpansion(search, in: definition).within { try await ledger.budget(of: table) }
        var seen = 0
        for verdict in Verdict.allCases where definition.leadingVerdicts.contains(verdict) {
            var last: [UInt8]?
            while seen < Self.maxPoints {
                let page = try await ledger.points(
                    in: table, state: .completed, verdict: verdict, after: last, limit: expansion.batch)
                guard !page.isEmpty else { break }
                let jobs = try await decision.proposals(from: page, expansion) { hashes in
                    try await ledger.points(hashes.map(\.bytes), in: table)
                }
                if !jobs.isEmpty { return jobs.count }
                seen += page.count
                last = page.last?.hash
            }
        }
        return 0
    }
}
