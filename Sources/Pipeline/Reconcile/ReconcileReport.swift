/// What was found to be wrong between ledger and queues, and was repaired, or would be.
package struct ReconcileReport: Sendable, Equatable {
    /// Points that wait to be run in the ledger and had no job: put into `main` again.
    package var requeued = 0
    /// Points that the search has reached and the ledger lacks: proposed on `main_sql`.
    package var proposed = 0
    /// Jobs in `main` of points that have their verdict: dropped.
    package var dropped = 0
    /// Jobs in `main` of points that have their verdict, which somebody holds: they end by themselves.
    package var held = 0
    /// Jobs that carry a search on, which were lost before its end: put into `explore` again.
    package var restarted = 0
    /// Points in the ledger that are not known but by their hash; they become known when a neighbour proposes them.
    package var unknown = 0

    package init() {}

    /// Whether ledger and queues agreed.
    package var isClean: Bool { self == ReconcileReport() }
}

/// Something that is repaired, for whoever wants to list it.
package enum Repair: Sendable, Equatable {
    /// Put into `main` again.
    case requeue(code: String)
    /// Proposed on `main_sql`, as a neighbour of a stable point.
    case propose(code: String)
    /// The job that carries the search on, by its id, put into `explore` again.
    case restart(search: String)
    /// Taken out of `main`.
    case drop(hash: String)
}
