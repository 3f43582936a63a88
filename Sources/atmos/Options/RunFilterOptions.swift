internal import ArgumentParser
internal import CommandLineKit
internal import RunLedger
internal import Support

/// Filters on runs. A run must pass all of them.
struct RunFilterOptions: ParsableArguments {
    @Option(
        help: "Select runs in this state: queued, running, error, completed. May be repeated.",
        transform: { try EnumerationArgument.read($0) })
    var state: [RunState] = []

    @Option(
        help: "Select runs with this verdict: stable, unstable. May be repeated.",
        transform: { try EnumerationArgument.read($0) })
    var verdict: [Verdict] = []

    @Option(help: "Select runs that ended, started or were queued within this time: 90s, 30m, 1h, 2d, 1w.")
    var since: TimeSpan?

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Select runs that meet this condition: \"CO2 > 0.1 and not worker like '%east%'\".",
            discussion:
                "Columns are compared with numbers or texts in quotes by = != < <= > >=, like, in (…), is null; "
                + "and, or, not and parentheses combine.",
            valueName: "condition"),
        transform: { text in
            do {
                return try RunCondition(text)
            } catch let error as LedgerError {
                throw ValidationError(error.message)
            }
        })
    var condition: RunCondition?

    init() {}

    var filter: RunFilter {
        RunFilter(states: state, verdicts: verdict, since: since?.duration, condition: condition)
    }

    var isEmpty: Bool { filter == RunFilter() }
}

/// Reads the cases of an enumeration from the command line.
private enum EnumerationArgument {
    /// - Throws: `ValidationError` that lists the valid words.
    static func read<Value: RawRepresentable & CaseIterable>(_ text: String) throws -> Value
    where Value.RawValue == String {
        guard let value = Value(rawValue: text) else {
            let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(text)' is not one of \(words)")
        }
        return value
    }
}
