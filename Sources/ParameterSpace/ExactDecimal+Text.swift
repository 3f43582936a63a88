extension ExactDecimal: LosslessStringConvertible {
    /// Reads a decimal number such as `0.21`, `1.63e-6` or `-4`.
    ///
    /// Returns nil for anything that is not one, that reaches 10¹², or that has digits below 10⁻²⁴.
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
                // Beyond 36 digits no number in range is left, but for zeros that add nothing.
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

    /// Takes `e-6` off the front; 0 where there is none, nil where it is not well formed.
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

    /// The canonical text: the shortest plain decimal from 10⁻⁴ upwards (`0.0004`), scientific below (`1.63e-6`).
    ///
    /// Each number has exactly one; codes and hashes are made of it.
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
