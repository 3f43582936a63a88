package import ArgumentParser
package import ExplorationFile
package import Logging
package import Support

/// Limits on what an exploration may spend. They replace those of its file.
package struct BudgetOptions: ParsableArguments {
    @Option(help: "Stop after N points in total. Run again with a higher limit to continue.")
    package var maxPoints: Int?

    /// The former name of `--max-points`.
    @Option(name: .customLong("limit"), help: .hidden)
    var formerLimit: Int?

    @Option(
        help: ArgumentHelp(
            "Start no run later than this from now, such as 90m, 2h or 1d. Run again to continue.", valueName: "time"))
    package var wallTime: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "Start no run after this many core-hours of all attempts in total (one core per run).",
            valueName: "hours"))
    package var coreHours: Double?

    @Option(
        help: ArgumentHelp(
            "Stop once the edge is known to N of the strategy's steps, a power of two, and leave the interior out. "
                + "Only for the strategy frontier. Run again with fewer steps for a sharper edge.",
            valueName: "steps"))
    package var tolerance: Int?

    package init() {}

    /// The largest number of points in total, if one was given.
    package var points: Int? { maxPoints ?? formerLimit }

    package func validate() throws {
        guard maxPoints == nil || formerLimit == nil else {
            throw ValidationError("--limit is another name of --max-points; give one of them")
        }
        guard points ?? 1 >= 1 else { throw ValidationError("--max-points must be at least 1") }
        guard let coreHours else { return }
        guard coreHours > 0, coreHours.isFinite else { throw ValidationError("--core-hours must be above zero") }
    }

    /// Whether no limit was given.
    package var isEmpty: Bool { points == nil && wallTime == nil && coreHours == nil && tolerance == nil }

    /// - Throws: `ValidationError` if a limit was given together with the flag that removes all limits.
    package func check(unlimited: Bool) throws {
        if unlimited && !isEmpty { throw ValidationError("--unlimited cannot be combined with a limit") }
    }

    /// The budget of the exploration's file, with the given limits in its place.
    ///
    /// - Throws: ``SettingError`` if a limit does not suit the exploration's strategy.
    package func budget(of definition: ExplorationDefinition) throws -> ExplorationBudget {
        if let tolerance, let fault = ExplorationBudget.fault(of: tolerance, with: definition.strategy) {
            throw SettingError(description: "--tolerance: \(fault)")
        }
        var budget = definition.budget
        budget.points = points ?? budget.points
        budget.wallTime = wallTime?.duration ?? budget.wallTime
        budget.coreHours = coreHours ?? budget.coreHours
        budget.tolerance = tolerance ?? budget.tolerance
        return budget
    }
}

/// A limit on the rows that a command prints.
package struct RowLimitOption: ParsableArguments {
    @Option(help: ArgumentHelp("Show at most N rows.", valueName: "n"))
    var limit: Int?

    /// The former name of `--limit` in some commands.
    @Option(name: .customLong("rows"), help: .hidden)
    var formerRows: Int?

    package init() {}

    package func validate() throws {
        guard limit == nil || formerRows == nil else {
            throw ValidationError("--rows is another name of --limit; give one of them")
        }
        guard rows ?? 1 >= 1 else { throw ValidationError("--limit must be at least 1") }
    }

    /// The largest number of rows, if one was given.
    package var rows: Int? { limit ?? formerRows }
}

/// The level of the log, which goes to standard error.
package struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Log at this level: trace, debug, info, notice, warning, error or critical (default: "
                + "\(EnvironmentNames.logLevel), else info).", valueName: "level"))
    package var logLevel: String?

    package init() {}

    /// - Parameter standard: the level if neither the option nor the environment sets one.
    /// - Throws: ``SettingError`` for an unknown level.
    package func level(default standard: Logger.Level) throws -> Logger.Level {
        guard let word = try EnvironmentSetting.value(flag: logLevel, variable: EnvironmentNames.logLevel) else {
            return standard
        }
        guard let level = Logger.Level(rawValue: word.lowercased()) else {
            let words = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw SettingError(description: "invalid log level '\(word)': expected one of \(words)")
        }
        return level
    }
}

extension TimeSpan: ExpressibleByArgument {
    /// Reads a span from the command line, such as `90s`, `2.5m`, `12h` or `7d`.
    package init?(argument: String) {
        self.init(argument)
    }

    /// Reads a span, or a bare number of seconds: for options that took a number of seconds before.
    ///
    /// Use it as the option's transform: `@Option(transform: TimeSpan.orSeconds)`.
    ///
    /// - Throws: `ValidationError` for any other text, and for a negative number.
    package static func orSeconds(_ text: String) throws -> TimeSpan {
        guard let span = TimeSpan(text) ?? TimeSpan("\(text)s") else {
            throw ValidationError("'\(text)' is not a time: give a number with ms, s, m, h, d or w, such as 90s")
        }
        return span
    }
}

/// Asks the user before something is destroyed.
package enum Confirmation {
    /// - Parameters:
    ///   - warning: what is about to happen.
    ///   - answer: the word that the user has to type.
    ///   - assumed: whether the user has confirmed already, with a flag.
    /// - Throws: ``SettingError`` for any other answer.
    package static func ask(_ warning: String, answer: String, assumed: Bool) throws(SettingError) {
        guard !assumed else { return }
        print("\(warning)\nType '\(answer)' to continue: ", terminator: "")
        guard readLine() == answer else {
            throw SettingError(description: "not confirmed, nothing was changed; --yes continues without asking")
        }
    }
}
