#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014): the
/// same numbers for the same seed, on every machine and with every compiler.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var state: UInt64

    /// - Parameter seed: any number.
    package init(seed: UInt64) {
        state = seed
    }

    /// Creates one of several independent generators of the same seed.
    ///
    /// - Parameter purpose: tells the generators of one seed apart.
    package init(seed: UInt64, purpose: UInt64) {
        state = Self.mix(seed, purpose)
    }

    package mutating func next() -> UInt64 {
        defer { state &+= Self.increment }
        return Self.mix(state)
    }

    /// A uniformly distributed number from 0 to just below 1.
    package mutating func unit() -> Double {
        Self.unit(next())
    }

    /// An exponentially distributed number with a mean of 1.
    package mutating func exponential() -> Double {
        // 1 - u is never zero.
        -log(1 - unit())
    }

    /// A normally distributed number with a mean of 0 and a variance of 1 (G. E. P. Box and M. E. Muller, "A Note on the
    /// Generation of Random Normal Deviates", Ann. Math. Statist. 29 (1958), 610-611).
    package mutating func normal() -> Double {
        let radius = (2 * exponential()).squareRoot()
        return radius * cos(2 * .pi * unit())
    }

    /// The generator's mixing function: each bit of the argument changes half of the bits of the result.
    package static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ increment
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A pseudo-random number that is a pure function of these words, in their order.
    package static func mix(_ words: UInt64...) -> UInt64 {
        words.reduce(0) { mix($0 ^ $1) }
    }

    /// The number from 0 to just below 1, in steps of 2⁻⁵³, that these bits stand for.
    package static func unit(_ bits: UInt64) -> Double {
        Double(bits >> 11) * 0x1p-53
    }
}
