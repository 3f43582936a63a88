internal import ParameterSpace
internal import Support

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// How long something takes, in seconds: a distribution.
///
/// It is written with its name and its numbers: `constant:60s`, `uniform:30s,90s`, `exponential:60s` (the mean),
/// `lognormal:60s,0.5` (the mean, and the standard deviation of the natural logarithm), `weibull:60s,0.7` (the mean, and
/// the shape: below 1, a few take very long).
package enum RunTime: Hashable, Sendable {
    case constant(Double)
    case uniform(ClosedRange<Double>)
    case exponential(mean: Double)
    case logNormal(mean: Double, sigma: Double)
    case weibull(mean: Double, shape: Double)

    private static let forms = [
        "constant": "constant:60s", "uniform": "uniform:30s,90s", "exponential": "exponential:60s",
        "lognormal": "lognormal:60s,0.5", "weibull": "weibull:60s,0.7",
    ]

    /// - Throws: ``ChanceError`` that says what would be right.
    package init(_ text: String) throws(ChanceError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let all = Self.forms.values.sorted().joined(separator: ", ")
        guard let form = Self.forms[parts[0]] else {
            let hint = ClosestName.of(parts[0], among: Self.forms.keys.sorted()).map {
                "did you mean \(Self.forms[$0]!)?"
            }
            throw ChanceError("there is no distribution '\(parts[0])'; \(hint ?? "there are \(all)")")
        }
        let numbers =
            parts.count == 2 ? parts[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init) : []
        guard numbers.count == form.split(separator: ",").count else {
            throw ChanceError("'\(text)' has \(numbers.count) numbers; write it as in \(form)")
        }
        let first = try TimeText.seconds(numbers[0])
        if parts[0] != "constant", parts[0] != "uniform", first <= 0 {
            throw ChanceError("'\(text)': the mean must be above zero")
        }
        switch parts[0] {
        case "constant": self = .constant(first)
        case "exponential": self = .exponential(mean: first)
        case "uniform":
            let last = try TimeText.seconds(numbers[1])
            guard first < last else { throw ChanceError("'\(text)': the second time must be above the first") }
            self = .uniform(first...last)
        default:
            guard let number = Double(numbers[1]), number > 0, number <= 10 else {
                throw ChanceError("'\(text)': '\(numbers[1])' must be a number above 0 and at most 10, as in \(form)")
            }
            self =
                parts[0] == "lognormal" ? .logNormal(mean: first, sigma: number) : .weibull(mean: first, shape: number)
        }
    }

    /// The expected value.
    package var mean: Double {
        switch self {
        case .constant(let seconds): seconds
        case .uniform(let range): (range.lowerBound + range.upperBound) / 2
        case .exponential(let mean), .logNormal(let mean, _), .weibull(let mean, _): mean
        }
    }

    /// The least that it can be.
    package var least: Double {
        switch self {
        case .constant(let seconds): seconds
        case .uniform(let range): range.lowerBound
        case .exponential, .logNormal, .weibull: 0
        }
    }

    /// One time, in seconds.
    func draw(_ stream: inout SplitMix64) -> Double {
        switch self {
        case .constant(let seconds): seconds
        case .uniform(let range): range.lowerBound + (range.upperBound - range.lowerBound) * stream.unit()
        case .exponential(let mean): mean * stream.exponential()
        case .logNormal(let mean, let sigma): mean * exp(sigma * stream.normal() - sigma * sigma / 2)
        case .weibull(let mean, let shape):
            mean / tgamma(1 + 1 / shape) * pow(stream.exponential(), 1 / shape)
        }
    }
}
