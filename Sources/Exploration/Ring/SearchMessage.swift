internal import ModelRunner

/// How far a search has come that goes through more than one finished point: the payload of the one job on `explore`
/// that carries it on. Whoever holds that job takes the next step, and puts it back in the same atomic call.
enum SearchMessage: Codable, Equatable {
    /// The points of a sequence from this index on are still to be proposed.
    case sequence(next: Int)
    /// A global search is to plan its next batch once the last one is finished.
    ///
    /// - Parameter waits: how often it was found unfinished.
    case plan(waits: Int)
    /// The finished points that the ledger knows are to be expanded: those with this verdict and a greater hash.
    ///
    /// - Parameter within: the tolerance of the budget that wanted it: pages that were expanded for another one do not
    ///   count.
    case known(verdict: ModelVerdict, after: String?, within: Int? = nil)

    /// There is one job of a kind, whoever wanted it and how often.
    var jobID: String {
        switch self {
        case .sequence: "sequence"
        case .plan: "plan"
        case .known(_, _, let tolerance): tolerance.map { "known-within-\($0)" } ?? "known"
        }
    }
}
