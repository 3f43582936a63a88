package import ExplorationFile
package import LeaseQueue
package import Logging
package import ParameterSpace
package import RunLedger

/// An exploration with its queues and its ledger, connected: the one value that roles, repairs and commands are made from.
package struct Ring: Sendable {
    package let definition: ExplorationDefinition
    package let queues: LeaseQueues
    package let logger: Logger
    private let connectedLedger: RunLedger?

    /// - Parameter ledger: `nil` for a role that does not need it: the starter, and a master if
    ///   ``ExplorationDefinition/masterReadsLedger`` is false.
    package init(definition: ExplorationDefinition, queues: LeaseQueues, ledger: RunLedger?, logger: Logger) {
        self.definition = definition
        self.queues = queues
        self.logger = logger
        connectedLedger = ledger
    }

    /// The ledger.
    ///
    /// - Throws: ``MissingLedger`` if the process was not given one.
    package var ledger: RunLedger {
        get throws(MissingLedger) {
            guard let connectedLedger else { throw MissingLedger() }
            return connectedLedger
        }
    }

    /// The ledger's rows of the given points, one for each; `nil` for a point that the ledger does not know.
    package func ledgerPoints(_ hashes: [PointHash]) async throws -> [LedgerPoint?] {
        try await ledger.points(hashes.map(\.bytes), in: definition.table)
    }

    /// Finds the jobs of points in the ring's queues.
    package var jobs: PointPlaces { PointPlaces(queues: queues) }

    /// The expansion that a local search performs at present: by the budget's tolerance, and by the phase of the search.
    func currentExpansion(of search: any LocalSearch) async throws -> LocalExpansion {
        try await LocalExpansion(search, in: definition)
            .within { try await ledger.budget(of: definition.table) }
            .now { try await queues.isFirstSearchAtWork() }
    }
}

/// The search needs the ledger, and the process was not configured with one.
package struct MissingLedger: Error, CustomStringConvertible {
    package let description = "this strategy's master needs the ledger, but was not given one"
}
