/// How a search finds its points.
package enum Strategy: Hashable, Sendable {
    case flood(Flood)
    case frontier(Frontier)
    case sequence(SequencePlan)
    case adaptive(Adaptive)

    /// The strategy at work in a space; nil where an axis has too many values to be numbered, a plan too many points, or
    /// the start is no point.
    package func search(in space: Space) -> Search? {
        switch self {
        case .flood(let flood): .local(FloodSearch(flood: flood, space: space))
        case .frontier(let frontier): FrontierSearch(frontier, in: space).map { .local($0) }
        case .sequence(let plan): plan.sequence(in: space).map { .sequence($0) }
        case .adaptive(let adaptive): AdaptiveSearch(adaptive, in: space).map { .global($0) }
        }
    }
}
