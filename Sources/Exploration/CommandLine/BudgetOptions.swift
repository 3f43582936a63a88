package import ArgumentParser

/// What an exploration may spend, in place of what its file says.
package struct BudgetOptions: ParsableArguments {
    @Option(help: "Stop when so many points have been run in all; started again with a higher limit, it goes on.")
    package var limit: Int?

    @Option(
        help: ArgumentHelp(
            "Begin no run later than so long from now: 90m, 2h, 1d. Started again, it goes on.", valueName: "time"))
    package var wallTime: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "Begin no run once all attempts together have taken so many core-hours; a run counts as one core.",
            valueName: "hours"))
    package var coreHours: Double?

    @Flag(
        help: ArgumentHelp(
            "With the strategy frontier: end once the edge is as sharp as the strategy makes it, and leave the inside "
                + "out. Started again without it, the inside is filled."))
    package var untilResolved = false

    package init() {}

    package func validate() throws {
        guard limit ?? 1 >= 1 else { throw ValidationError("--limit must be at least 1") }
        guard coreHours ?? 1 > 0 else { throw ValidationError("--core-hours must be above zero") }
    }

    /// Whether none was given.
    package var isEmpty: Bool { limit == nil && wallTime == nil && coreHours == nil && !untilResolved }

    /// The budget of the exploration's file, with what was given in its place.
    package func budget(of definition: ExplorationDefinition) -> ExplorationBudget {
        var budget = definition.budget
        budget.points = limit ?? budget.points
        budget.wallTime = wallTime?.duration ?? budget.wallTime
        budget.coreHours = coreHours ?? budget.coreHours
        budget.untilResolved = untilResolved || budget.untilResolved
        return budget
    }
}
