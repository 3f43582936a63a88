extension ExactDecimal {
    /// The sum, where it is in range.
    func added(to other: ExactDecimal) -> ExactDecimal? {
        Self.inRange(scaled + other.scaled)
    }

    /// The difference, where it is in range.
    func subtracting(_ other: ExactDecimal) -> ExactDecimal? {
        Self.inRange(scaled - other.scaled)
    }

    /// The product, where it is in range and needs no digits below 10⁻²⁴.
    func multiplied(by other: ExactDecimal) -> ExactDecimal? {
        let product = scaled.multipliedFullWidth(by: other.scaled)
        // Both factors are below 10³⁶, so the high half is far below the divisor and the division cannot overflow
        // once the product is known to be in range.
        guard product.high.magnitude < Self.unit.magnitude / 4 else { return nil }
        let (quotient, remainder) = Self.unit.dividingFullWidth(product)
        return remainder == 0 ? Self.inRange(quotient) : nil
    }

    /// The quotient, where it is in range and needs no digits below 10⁻²⁴.
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
