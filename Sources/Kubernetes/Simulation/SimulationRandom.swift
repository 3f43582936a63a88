#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Random numbers that are the same every time: SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
/// Generators", 2014).
struct SimulationRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }

    mutating func uniform(in range: ClosedRange<Double>) -> Double {
        Double.random(in: range, using: &self)
    }

    mutating func chance(_ probability: Double) -> Bool {
        uniform(in: 0...1) < probability
    }

    /// Seconds until something that happens once in so many seconds.
    mutating func exponential(mean: Double) -> Int {
        Int((-mean * log(positive())).rounded(.up))
    }

    /// Seconds that a run takes: log-normal, with half a logarithmic unit of spread.
    mutating func logNormal(mean: Double) -> Int {
        let spread = 0.5
        // Box and Muller's way to a normal deviate.
        let normal = (-2 * log(positive())).squareRoot() * cos(2 * .pi * positive())
        return Int((mean * exp(spread * normal - spread * spread / 2)).rounded(.up))
    }

    /// Above 0, up to 1.
    private mutating func positive() -> Double {
        1 - Double.random(in: 0..<1, using: &self)
    }
}
