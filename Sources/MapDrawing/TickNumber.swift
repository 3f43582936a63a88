/// A number at a tick: an integer times a power of ten, so that its digits are exact.
struct TickNumber: Equatable {
    let mantissa: Int
    let exponent: Int

    var value: Double { exponent < 0 ? Double(mantissa) / power(-exponent) : Double(mantissa) * power(exponent) }

    /// In plain digits, such as `0.25` or `1,500`, with as many decimals as the exponent asks for.
    var plain: String {
        let sign = mantissa < 0 ? "\u{2212}" : ""
        var digits = String(mantissa.magnitude)
        if exponent >= 0 {
            if mantissa != 0 { digits += String(repeating: "0", count: exponent) }
            return sign + grouped(digits)
        }
        let decimals = -exponent
        if digits.count <= decimals { digits = String(repeating: "0", count: decimals + 1 - digits.count) + digits }
        return "\(sign)\(grouped(String(digits.dropLast(decimals)))).\(digits.suffix(decimals))"
    }

    /// As a multiple of a power of ten, such as 2.5×10⁻⁶.
    func scientific(power: Int) -> RichText {
        if mantissa == 0 { return RichText("0") }
        let factor = TickNumber(mantissa: mantissa, exponent: exponent - power).plain
        let ten = RichText.power(ofTen: power)
        return factor == "1" ? ten : RichText("\(factor)×") + ten
    }

    private func power(_ exponent: Int) -> Double { (0..<exponent).reduce(1.0) { product, _ in product * 10 } }
}

/// Puts a comma between every three digits of a whole number.
func grouped(_ digits: String) -> String {
    var result = ""
    for (position, digit) in digits.enumerated() {
        if position > 0, (digits.count - position) % 3 == 0 { result += "," }
        result.append(digit)
    }
    return result
}
