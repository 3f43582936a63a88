/// An exact decimal number: an integer multiple of 10⁻²⁴.
///
/// Parameter values lie on decimal grids (a step of `0.005` is 5/1000), and a point must have the same hash however the
/// search reached it. Binary floating point cannot guarantee that. The range, |value| < 10¹², and the resolution,
/// 10⁻²⁴, suffice for every mixing ratio that a model can distinguish from zero.
package struct ExactDecimal: Hashable, Comparable, Sendable {
    /// The number of decimals.
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

    /// Rounds to a number of decimals, halves away from zero.
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
        // The standard library rounds once when it reads decimal text; a division would round twice.
        Double(description) ?? .nan
    }

    /// Returns 10 to the power of `exponent`, 0…37.
    static func powerOfTen(_ exponent: Int) -> Int128 {
        var power: Int128 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}

extension ExactDecimal {
    /// The sum; `nil` if it is out of range.
    func added(to other: ExactDecimal) -> ExactDecimal? {
        Self.inRange(scaled + other.scaled)
    }

    /// The difference; `nil` if it is out of range.
    func subtracting(_ other: ExactDecimal) -> ExactDecimal? {
        Self.inRange(scaled - other.scaled)
    }

    /// The product; `nil` if it is out of range or needs digits below 10⁻²⁴.
    func multiplied(by other: ExactDecimal) -> ExactDecimal? {
        let product = scaled.multipliedFullWidth(by: other.scaled)
        // Both factors are below 10³⁶, so the high half is far below the divisor and the division cannot overflow once
        // the product is in range.
        guard product.high.magnitude < Self.unit.magnitude / 4 else { return nil }
        let (quotient, remainder) = Self.unit.dividingFullWidth(product)
        return remainder == 0 ? Self.inRange(quotient) : nil
    }

    /// The quotient; `nil` if it is out of range or needs digits below 10⁻²⁴.
    func divided(by other: ExactDecimal) -> ExactDecimal? {
        guard other != .zero else { return nil }
        let dividend = scaled.multipliedFullWidth(by: Self.unit)
        guard dividend.high.magnitude < other.scaled.magnitude / 4 else { return nil }
        let (quotient, remainder) = other.scaled.dividingFullWidth(dividend)
        return remainder == 0 ? Self.inRange(quotient) : nil
    }

    private static func inRange(_ scaled: Int128) -> ExactDecimal? {
        scaled.magnitude < limit.magnitude ? ExactDecimal(scaled: scaled) : nil
    }
}

extension ExactDecimal: LosslessStringConvertible {
    /// Reads a decimal number such as `0.21`, `1.63e-6` or `-4`.
    ///
    /// Returns `nil` for an invalid number, one that reaches 10¹², or one with digits below 10⁻²⁴.
    package init?(_ text: String) {
        var bytes = Substring(text).utf8
        let negative = bytes.first == UInt8(ascii: "-")
        if negative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }

        var significand: Int128 = 0
        var digits = 0
        var fraction = 0
        var afterPoint = false
        while let byte = bytes.first {
            if byte == UInt8(ascii: "."), !afterPoint {
                afterPoint = true
            } else if let digit = Self.digit(byte) {
                // With more than 36 digits, only leading zeros keep a number in range, and they do not count here.
                guard significand < Self.limit else { return nil }
                significand = significand * 10 + Int128(digit)
                digits += 1
                if afterPoint { fraction += 1 }
            } else {
                break
            }
            bytes.removeFirst()
        }
        guard digits > 0, let exponent = Self.exponent(&bytes), bytes.isEmpty else { return nil }
        guard let scaled = Self.scale(significand, by: exponent - fraction + Self.decimals) else { return nil }
        self.init(scaled: negative ? -scaled : scaled)
    }

    /// Removes an exponent such as `e-6` from the front. Returns 0 if there is none, `nil` if it is malformed.
    private static func exponent(_ bytes: inout Substring.UTF8View) -> Int? {
        guard let mark = bytes.first, mark | 0x20 == UInt8(ascii: "e") else { return 0 }
        bytes.removeFirst()
        let negative = bytes.first == UInt8(ascii: "-")
        if negative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        guard !bytes.isEmpty, bytes.count <= 4 else { return nil }
        var value = 0
        while let byte = bytes.popFirst() {
            guard let digit = Self.digit(byte) else { return nil }
            value = value * 10 + digit
        }
        return negative ? -value : value
    }

    private static func digit(_ byte: UInt8) -> Int? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte - UInt8(ascii: "0")) : nil
    }

    private static func scale(_ significand: Int128, by power: Int) -> Int128? {
        var value = significand
        guard value != 0 else { return 0 }
        if power < 0 {
            for _ in 0..<(-power) {
                guard value % 10 == 0 else { return nil }
                value /= 10
                if value == 0 { return nil }
            }
        } else {
            for _ in 0..<power {
                guard value < limit else { return nil }
                value *= 10
            }
        }
        return value < limit ? value : nil
    }

    /// The canonical text: the shortest plain decimal from 10⁻⁴ upwards (`0.0004`), scientific notation below
    /// (`1.63e-6`).
    ///
    /// Each number has exactly one canonical text, from which codes and hashes are made.
    package var description: String {
        guard scaled != 0 else { return "0" }
        var significand = scaled.magnitude
        var exponent = -Self.decimals
        while significand % 10 == 0 {
            significand /= 10
            exponent += 1
        }
        let digits = String(significand)
        let sign = scaled < 0 ? "-" : ""
        let pointPosition = digits.utf8.count + exponent
        if pointPosition < -3 {
            let rest = digits.dropFirst()
            return "\(sign)\(digits.prefix(1))\(rest.isEmpty ? "" : ".")\(rest)e\(pointPosition - 1)"
        }
        if pointPosition <= 0 {
            return "\(sign)0.\(String(repeating: "0", count: -pointPosition))\(digits)"
        }
        if exponent >= 0 {
            return "\(sign)\(digits)\(String(repeating: "0", count: exponent))"
        }
        return "\(sign)\(digits.prefix(pointPosition)).\(digits.dropFirst(pointPosition))"
    }
}
