internal import ParameterSpace
internal import Support

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A distribution of durations, in seconds.
///
/// It is written as its name and its parameters: `constant:60s`, `uniform:30s,90s`, `exponential:60s` (the mean),
/// `lognormal:60s,0.5` (the mean, and the standard deviation of the natural logarithm), `weibull:60s,0.7` (the mean, and
/// the shape: below 1, a few durations are very long).
package enum TimeDistribution: Hashable, Sendable {
    case constant(Double)
    case uniform(ClosedRange<Double>)
    case exponential(mean: Double)
    case logNormal(mean: Double, sigma: Double)
    case weibull(mean: Double, shape: Double)

    private static let forms = [
        "constant": "constant:60s", "uniform": "uniform:30s,90s", "exponential": "exponential:60s",
        "lognormal": "lognormal:60s,0.5", "weibull": "weibull:60s,0.7",
    ]

    /// Reads a distribution.
    ///
    /// - Throws: ``DistributionError`` that shows the expected form.
    package init(_ text: String) throws(DistributionError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let all = Self.forms.values.sorted().joined(separator: ", ")
        guard let form = Self.forms[parts[0]] else {
            let hint = ClosestName.of(parts[0], among: Self.forms.keys.sorted()).map {
                "did you mean \(Self.forms[$0]!)?"
            }
            throw DistributionError("there is no distribution '\(parts[0])'; \(hint ?? "there are \(all)")")
        }
        let numbers =
            parts.count == 2 ? parts[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init) : []
        guard numbers.count == form.split(separator: ",").count else {
            throw DistributionError("'\(text)' has \(numbers.count) numbers; write it as in \(form)")
        }
        let first = try Self.seconds(numbers[0])
        if parts[0] != "constant", parts[0] != "uniform", first <= 0 {
            throw DistributionError("'\(text)': the mean must be above zero")
        }
        switch parts[0] {
        case "constant": self = .constant(first)
        case "exponential": self = .exponential(mean: first)
        case "uniform":
            let last = try Self.seconds(numbers[1])
            guard first < last else { throw DistributionError("'\(text)': the second time must be above the first") }
            self = .uniform(first...last)
        default:
            guard let number = Double(numbers[1]), number > 0, number <= 10 else {
                throw DistributionError(
                    "'\(text)': '\(numbers[1])' must be a number above 0 and at most 10, as in \(form)")
            }
            self =
                parts[0] == "lognormal" ? .logNormal(mean: first, sigma: number) : .weibull(mean: first, shape: number)
        }
    }

    /// Reads a time span in seconds.
    ///
    /// Unlike `TimeSpan`, it also reads scientific notation (`1e-3s`), which suits the time that a role needs for a
    /// message.
    ///
    /// - Throws: ``DistributionError``.
    package static func seconds(_ text: String) throws(DistributionError) -> Double {
        let digits = text.prefix { !$0.isLetter || $0 == "e" || $0 == "E" }
        guard let number = Double(digits), number.isFinite, number >= 0 else {
            throw DistributionError("invalid time span '\(text)': expected 250ms, 60s, 2.5m, 1h or 2d, for example")
        }
        return number * (try secondsPerUnit(text[digits.endIndex...], in: text, example: "60s"))
    }

    fileprivate static func secondsPerUnit(
        _ name: Substring, in text: String, example: String
    ) throws(DistributionError) -> Double {
        if let unit = TimeSpan.units.first(where: { $0.name == name }) { return unit.seconds }
        let names = TimeSpan.units.map(\.name)
        throw DistributionError(
            "'\(text)' has \(name.isEmpty ? "no unit" : "the unknown unit '\(name)'"); "
                + "write \(names.dropLast().joined(separator: ", ")) or \(names[names.count - 1]), as in \(example)")
    }

    /// The expected value.
    package var mean: Double {
        switch self {
        case .constant(let seconds): seconds
        case .uniform(let range): (range.lowerBound + range.upperBound) / 2
        case .exponential(let mean), .logNormal(let mean, _), .weibull(let mean, _): mean
        }
    }

    /// The lower end of the distribution.
    package var minimum: Double {
        switch self {
        case .constant(let seconds): seconds
        case .uniform(let range): range.lowerBound
        case .exponential, .logNormal, .weibull: 0
        }
    }

    /// A random duration, in seconds.
    func draw(_ generator: inout SplitMix64) -> Double {
        switch self {
        case .constant(let seconds): seconds
        case .uniform(let range): range.lowerBound + (range.upperBound - range.lowerBound) * generator.unit()
        case .exponential(let mean): mean * generator.exponential()
        case .logNormal(let mean, let sigma): mean * exp(sigma * generator.normal() - sigma * sigma / 2)
        case .weibull(let mean, let shape):
            mean / tgamma(1 + 1 / shape) * pow(generator.exponential(), 1 / shape)
        }
    }
}

/// A rate of random events, such as `0.05/h`, `2/d` or `0`.
package struct Rate: Hashable, Sendable {
    package let perSecond: Double

    package static let never = Rate(perSecond: 0)

    package init(perSecond: Double) {
        self.perSecond = perSecond
    }

    /// - Throws: ``DistributionError``.
    package init(_ text: String) throws(DistributionError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let number = Double(parts[0]), number.isFinite, number >= 0, parts.count <= 2 else {
            throw DistributionError("invalid rate '\(text)': expected a number of events per unit, as in 0.05/h or 2/d")
        }
        if parts.count == 1, number == 0 {
            self = .never
            return
        }
        let unit = parts.count == 2 ? parts[1] : ""
        perSecond = number / (try TimeDistribution.secondsPerUnit(unit, in: text, example: "0.05/h"))
    }
}

/// A fraction, written as `1%` or `0.01`.
package struct Share: Hashable, Sendable {
    package let value: Double

    package init(value: Double) {
        self.value = value
    }

    /// - Throws: ``DistributionError``.
    package init(_ text: String) throws(DistributionError) {
        let isPercentage = text.hasSuffix("%")
        guard let number = Double(isPercentage ? text.dropLast() : text[...]),
            (0...1).contains(isPercentage ? number / 100 : number)
        else { throw DistributionError("invalid share '\(text)': expected a fraction, as in 1% or 0.01") }
        value = isPercentage ? number / 100 : number
    }
}

/// A text that does not describe a distribution, a time span, a rate or a share.
package struct DistributionError: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
