package import ArgumentParser
package import ExplorationFile
package import Support

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

    @Option(
        help: ArgumentHelp(
            "With the strategy frontier: end once the edge is known to so many of its steps, a power of two, and leave "
                + "the inside out. Started again with fewer, it gets sharper; without it, the inside is filled, too.",
            valueName: "steps"))
    package var tolerance: Int?

    package init() {}

    package func validate() throws {
        guard limit ?? 1 >= 1 else { throw ValidationError("--limit must be at least 1") }
        guard let coreHours else { return }
        guard coreHours > 0, coreHours.isFinite else { throw ValidationError("--core-hours must be above zero") }
    }

    /// Whether none was given.
    package var isEmpty: Bool { limit == nil && wallTime == nil && coreHours == nil && tolerance == nil }

    /// - Throws: where a limit was given beside the flag that takes all of them away.
    package func check(unlimited: Bool) throws {
        if unlimited && !isEmpty { throw ValidationError("--unlimited does not go together with a limit") }
    }

    /// The budget of the exploration's file, with what was given in its place.
    ///
    /// - Throws: ``SettingError`` where it does not go with the exploration's strategy.
    package func budget(of definition: ExplorationDefinition) throws -> ExplorationBudget {
        if let tolerance, let fault = ExplorationBudget.fault(of: tolerance, with: definition.strategy) {
            throw SettingError(description: "--tolerance: \(fault)")
        }
        var budget = definition.budget
        budget.points = limit ?? budget.points
        budget.wallTime = wallTime?.duration ?? budget.wallTime
        budget.coreHours = coreHours ?? budget.coreHours
        budget.tolerance = tolerance ?? budget.tolerance
        return budget
    }
}
