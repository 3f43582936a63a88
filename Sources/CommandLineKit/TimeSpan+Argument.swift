internal import ArgumentParser
package import Support

extension TimeSpan: ExpressibleByArgument {
    /// Reads a span from the command line, such as `90s`, `2.5m`, `12h` or `7d`.
    package init?(argument: String) {
        self.init(argument)
    }
}
