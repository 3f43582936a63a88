internal import ParameterSpace

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Random numbers that depend on a seed and on nothing else: the same on every machine, with every compiler.
struct RandomStream {
    private let key: UInt64
    private var counter: UInt64 = 0

    /// - Parameter purpose: tells streams of the same seed apart.
    init(seed: UInt64, purpose: UInt64) {
        key = Mixing.mix(seed, purpose)
    }

    /// From 0 to just below 1.
    mutating func unit() -> Double {
        counter &+= 1
        return Mixing.unit(Mixing.mix(key, counter))
    }

    /// Exponentially distributed with a mean of 1.
    mutating func exponential() -> Double {
        // 1 - u is never zero.
        -log(1 - unit())
    }

    /// Normally distributed with a mean of 0 and a variance of 1 (G. E. P. Box and M. E. Muller, "A Note on the
    /// Generation of Random Normal Deviates", Ann. Math. Statist. 29 (1958), 610-611).
    mutating func normal() -> Double {
        let radius = (2 * exponential()).squareRoot()
        return radius * cos(2 * .pi * unit())
    }
}
