internal import ArgumentParser

/// A length of time as people write it: a whole number with `s`, `m`, `h`, `d` or `w`.
package struct TimeSpan: ExpressibleByArgument {
    package let duration: Duration

    package init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
        guard let last = argument.last, let unit = units[last], let number = Int64(argument.dropLast()),
            (0...1_000_000).contains(number)
        else { return nil }
        duration = .seconds(number * unit)
    }
}
