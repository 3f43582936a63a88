internal import Support

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

extension SplitMix64 {
    mutating func uniform(in range: ClosedRange<Double>) -> Double {
        Double.random(in: range, using: &self)
    }

    mutating func chance(_ probability: Double) -> Bool {
        unit() < probability
    }

    /// Seconds until the next event of a kind that happens once in `mean` seconds on average.
    mutating func exponential(mean: Double) -> Int {
        Int((mean * exponential()).rounded(.up))
    }

    /// The duration of a run in seconds: log-normal, with a standard deviation of 0.5 of its logarithm.
    mutating func logNormal(mean: Double) -> Int {
        let spread = 0.5
        return Int((mean * exp(spread * normal() - spread * spread / 2)).rounded(.up))
    }
}
