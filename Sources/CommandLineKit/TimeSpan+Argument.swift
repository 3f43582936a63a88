internal import ArgumentParser
package import Support

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
