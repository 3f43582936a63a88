package import ParameterSpace

/// What an exploration may spend before its workers are drained. What is left out is not limited.
package struct ExplorationBudget: Hashable, Sendable {
    /// How many points may be run in all, from the first one on.
    package var points: Int?
    /// How long runs may begin, from the moment that the exploration is started or goes on.
    package var wallTime: Duration?
    /// How many core-hours all attempts may take together, from the first one on; a run counts as one core.
    package var coreHours: Double?
    /// How sharp the edge of the region gets, in the strategy's steps, a power of two; it ends there, with the inside
    /// left out. Nil: as sharp as the strategy makes it, and the inside filled where the strategy says so.
    package var tolerance: Int?

    package init() {}

    /// Why a tolerance does not go with a strategy; nil where it does.
    package static func fault(of tolerance: Int, with strategy: Strategy) -> String? {
        guard case .frontier(let frontier) = strategy else {
            return "only the strategy frontier makes the edge sharper step by step"
        }
        guard tolerance >= 1, tolerance & (tolerance - 1) == 0, tolerance <= frontier.initialStep else {
            return "\(tolerance) must be a power of two from 1 to the strategy's largest step, \(frontier.initialStep)"
        }
        return nil
    }
}
