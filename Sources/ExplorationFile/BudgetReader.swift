internal import ParameterSpace
internal import Support

/// Reads the `budget` of a definition.
struct BudgetReader {
    /// Nil where it is wrong, and less can be checked.
    let strategy: Strategy?

    func budget(of root: DefinitionSection) -> ExplorationBudget? {
        var budget = ExplorationBudget()
        guard root.has("budget") else { return budget }
        let keys = ["points", "wall_time", "core_hours", "tolerance"]
        guard let section = root.section("budget", title: "the budget", keys: keys) else { return nil }
        budget.points = section.integer("points", in: 1...Int.max)
        budget.tolerance = section.integer("tolerance", in: 1...1024)
        if let tolerance = budget.tolerance, let strategy,
            let fault = ExplorationBudget.fault(of: tolerance, with: strategy)
        {
            section.report("the budget: 'tolerance': \(fault)", at: "tolerance")
        }
        if let hours = section.decimal("core_hours") {
            budget.coreHours = hours.doubleValue
            if hours <= .zero { section.report("the budget: 'core_hours' must be above zero", at: "core_hours") }
        }
        if let text = section.string("wall_time") {
            budget.wallTime = TimeSpan(text)?.duration
            if budget.wallTime == nil {
                section.report(
                    "the budget: 'wall_time' is '\(text)', but must be a whole number with s, m, h, d or w, such as 90m",
                    at: "wall_time")
            }
        }
        return budget
    }
}
