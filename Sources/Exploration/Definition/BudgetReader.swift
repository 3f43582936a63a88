internal import ParameterSpace

/// Reads the `budget` of a definition.
enum BudgetReader {
    static func budget(of root: DefinitionSection) -> ExplorationBudget? {
        var budget = ExplorationBudget()
        guard root.has("budget") else { return budget }
        let keys = ["points", "wall_time", "core_hours", "until_resolved"]
        guard let section = root.section("budget", title: "the budget", keys: keys) else { return nil }
        budget.points = section.integer("points", in: 1...Int.max)
        budget.untilResolved = section.truth("until_resolved") ?? false
        if let hours = section.decimal("core_hours") {
            budget.coreHours = hours.doubleValue
            if hours <= .zero { section.report("the budget: 'core_hours' must be above zero", at: "core_hours") }
        }
        if let text = section.string("wall_time") {
            budget.wallTime = TimeSpan(argument: text)?.duration
            if budget.wallTime == nil {
                section.report(
                    "the budget: 'wall_time' is '\(text)', but must be a whole number with s, m, h, d or w, such as 90m",
                    at: "wall_time")
            }
        }
        return budget
    }
}
