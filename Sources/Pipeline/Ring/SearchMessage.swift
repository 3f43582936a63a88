internal import ModelRunner
internal import Support

/// How far a search has come that goes through more than one finished point: the payload of the one job on `explore`
/// that carries it on. Whoever holds that job takes the next step, and puts it back in the same atomic call.
enum SearchMessage: Codable, Equatable {
    /// The points of a sequence from this index on are still to be proposed.
    case sequence(next: Int)
    /// A global search is to plan its next batch once the last one is finished.
    ///
    /// - Parameter waits: how often it was found unfinished.
    case plan(waits: Int)
    /// A local search is to begin once the one that comes first has come to its end; until then, that one is at work.
    ///
    /// - Parameter waits: how often the first one was found at work.
    case then(waits: Int)
    /// The finished points that the ledger knows are to be expanded: those with this verdict and a greater hash.
    ///
    /// - Parameter within: the tolerance of the budget that wanted it: pages that were expanded for another one do not
    ///   count.
    case known(verdict: Verdict, after: String?, within: Int? = nil)

    static let thenID = "then"

    /// There is one job of a kind, whoever wanted it and how often.
    var jobID: String {
        switch self {
        case .sequence: "sequence"
        case .plan: "plan"
        case .then: Self.thenID
        case .known(_, _, let tolerance): tolerance.map { "known-within-\($0)" } ?? "known"
        }
    }
}
