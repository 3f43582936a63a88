/// What an exploration may spend before its workers are drained. What is left out is not limited.
package struct ExplorationBudget: Hashable, Sendable {
    /// How many points may be run in all, from the first one on.
    package var points: Int?
    /// How long runs may begin, from the moment that the exploration is started or goes on.
    package var wallTime: Duration?
    /// How many core-hours all attempts may take together, from the first one on; a run counts as one core.
    package var coreHours: Double?
    /// Whether it ends once the edge of the region is as sharp as the strategy makes it, with the inside left out.
    package var untilResolved = false

    package init() {}
}
