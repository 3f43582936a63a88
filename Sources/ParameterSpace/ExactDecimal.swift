/// A decimal number kept exactly, as a whole multiple of 10⁻²⁴.
///
/// Values of parameters lie on decimal grids (a step of `0.005` is 5/1000), and two ways to the same point must give
/// the same hash; binary floating point cannot promise that. The range, |value| < 10¹², and the resolution, 10⁻²⁴,
/// leave room for every mixing ratio that a model could tell from zero.
package struct ExactDecimal: Hashable, Comparable, Sendable {
    /// How many decimals are kept.
    package static let decimals = 24
    /// One, as a multiple of the resolution.
    static let unit: Int128 = 1_000_000_000_000_000_000_000_000
    static let limit: Int128 = unit * 1_000_000_000_000

    /// The value as a multiple of 10⁻²⁴.
    let scaled: Int128

    init(scaled: Int128) {
        self.scaled = scaled
    }

    package static let zero = ExactDecimal(scaled: 0)
    package static let one = ExactDecimal(scaled: unit)
    /// The smallest number above zero: 10⁻²⁴.
    package static let leastPositive = ExactDecimal(scaled: 1)

    package static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        left.scaled < right.scaled
    }

    package static func + (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        ExactDecimal(scaled: left.scaled + right.scaled)
    }

    package static func - (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        ExactDecimal(scaled: left.scaled - right.scaled)
    }

    /// Rounded to a number of decimals, halves away from zero.
    ///
    /// - Parameter decimals: 0…24.
    package func rounded(toDecimals decimals: Int) -> ExactDecimal {
        let place = Self.powerOfTen(Self.decimals - decimals)
        let (quotient, remainder) = scaled.quotientAndRemainder(dividingBy: place)
        guard remainder.magnitude * 2 >= place.magnitude else { return ExactDecimal(scaled: quotient * place) }
        return ExactDecimal(scaled: (quotient + remainder.signum()) * place)
    }

    /// The nearest binary floating-point number.
    package var doubleValue: Double {
        // The standard library's reading of decimal text rounds correctly; a division of two roundings would not.
        Double(description) ?? .nan
    }

    /// 10 to the power of `exponent`, 0…37.
    static func powerOfTen(_ exponent: Int) -> Int128 {
        var power: Int128 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}
