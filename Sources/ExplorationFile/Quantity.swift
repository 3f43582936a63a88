/// An amount in the notation of Kubernetes: `500m` (thousandths), `2`, `1.5Gi`, `10G`, `1e3`.
///
/// It is stored exactly, in billionths, the finest unit of Kubernetes.
package struct Quantity: Hashable, Comparable, Sendable {
    package static let unit: Int128 = 1_000_000_000
    /// Kubernetes stores amounts in 63 bits.
    private static let limit = Int128(Int64.max) * unit

    package let billionths: Int128
    /// Whether it is written in powers of 1,024 (`Mi`) rather than as plain digits.
    package let isBinary: Bool

    /// `nil` if the amount is too large.
    package init?(billionths: Int128, isBinary: Bool = false) {
        guard billionths.magnitude <= Self.limit.magnitude else { return nil }
        self.billionths = billionths
        self.isBinary = isBinary
    }

    /// Creates a whole number of bytes, devices or other units.
    package init(whole: Int, isBinary: Bool = false) {
        billionths = Int128(whole) * Self.unit
        self.isBinary = isBinary
    }

    /// Reads an amount; `nil` for any other text, and for an amount that is finer than a billionth or too large.
    package init?(_ text: String) {
        guard
            let match = text.wholeMatch(
                of: /([+-]?)([0-9]{1,18})(?:\.([0-9]{1,9}))?([A-Za-z]{0,2}|[eE][+-]?[0-9]{1,2})/)
        else { return nil }
        let (_, sign, whole, fraction, suffix) = match.output
        guard let scale = Self.scale(of: String(suffix)) else { return nil }
        let digits = fraction ?? ""
        guard let number = Int128(whole + digits) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: scale.numerator * Self.unit)
        let divisor = scale.denominator * Self.power(10, digits.count)
        guard !overflow, product % divisor == 0 else { return nil }
        let magnitude = product / divisor
        self.init(billionths: sign == "-" ? -magnitude : magnitude, isBinary: suffix.hasSuffix("i"))
    }

    package static func < (left: Quantity, right: Quantity) -> Bool {
        left.billionths < right.billionths
    }

    /// The amount in units, rounded up: whole bytes, whole devices.
    package var wholeUp: Int {
        Int(Self.quotientUp(billionths, Self.unit))
    }

    /// The amount, as precisely as a `Double` can represent it.
    package var doubleValue: Double {
        Double(billionths) / Double(Self.unit)
    }

    package static func quotientUp(_ number: Int128, _ divisor: Int128) -> Int128 {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder != 0 && (remainder > 0) == (divisor > 0) ? quotient + 1 : quotient
    }

    private static let binary: [(suffix: String, exponent: Int)] = [
        ("Ei", 6), ("Pi", 5), ("Ti", 4), ("Gi", 3), ("Mi", 2), ("Ki", 1),
    ]
    private static let decimal = ["n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18]

    private static func scale(of suffix: String) -> (numerator: Int128, denominator: Int128)? {
        if let binary = binary.first(where: { $0.suffix == suffix }) { return (power(1024, binary.exponent), 1) }
        let exponent = decimal[suffix] ?? (suffix.count > 1 ? Int(suffix.dropFirst()) : nil)
        guard let exponent, (-9...18).contains(exponent) else { return nil }
        return exponent < 0 ? (1, power(10, -exponent)) : (power(10, exponent), 1)
    }

    private static func power(_ base: Int128, _ exponent: Int) -> Int128 {
        (0..<exponent).reduce(1) { power, _ in power * base }
    }
}

extension Quantity: CustomStringConvertible {
    /// The amount with the largest suffix that needs no decimals.
    package var description: String {
        for (suffix, size) in [("", Self.unit), ("m", 1_000_000), ("u", 1000)] where billionths % size == 0 {
            guard suffix.isEmpty, isBinary, billionths != 0 else { return "\(billionths / size)\(suffix)" }
            for (suffix, exponent) in Self.binary {
                let size = Self.power(1024, exponent) * Self.unit
                if billionths % size == 0 { return "\(billionths / size)\(suffix)" }
            }
            return "\(billionths / size)"
        }
        return "\(billionths)n"
    }
}
