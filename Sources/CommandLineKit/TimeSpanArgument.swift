internal import ArgumentParser
internal import Support

/// A time span on the command line, such as `90s` or `12h`. A bare number counts as seconds, since these options took
/// seconds before they took units.
package struct TimeSpanArgument: ExpressibleByArgument, Sendable, Hashable {
    package let duration: Duration

    package init(_ duration: Duration) {
        self.duration = duration
    }

    package init?(argument: String) {
        guard let span = TimeSpan(argument) ?? TimeSpan(argument + "s") else { return nil }
        duration = span.duration
    }

    /// The span in the largest unit that divides it.
    package var defaultValueDescription: String {
        let seconds = duration / .seconds(1)
        let unit = TimeSpan.units.last { seconds.truncatingRemainder(dividingBy: $0.seconds) == 0 } ?? ("s", 1)
        let number = seconds / unit.seconds
        return (number == number.rounded() ? "\(Int(number))" : "\(number)") + unit.name
    }
}
