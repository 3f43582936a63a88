/// Numbers as Fortran programs print them.
enum FortranNumber {
    /// The number that a field stands for: `1.23E-02`, `1.2d3`, `-.5`, `5.36-102` (three digits of exponent take the
    /// place of the letter), `NaN`, `Infinity`.
    ///
    /// - Returns: nil for anything else, such as the asterisks of a number that did not fit.
    static func value(_ field: ArraySlice<UInt8>) -> Double? {
        var rest = field
        var text = ""
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            rest.removeFirst()
            if sign == UInt8(ascii: "-") { text = "-" }
        }
        if let special = special(rest) { return text.isEmpty ? special : -special }
        let whole = takeDigits(&rest)
        var fraction = ""
        let hasPoint = rest.first == UInt8(ascii: ".")
        if hasPoint {
            rest.removeFirst()
            fraction = takeDigits(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        text += (whole.isEmpty ? "0" : whole) + (fraction.isEmpty ? "" : "." + fraction)
        guard rest.isEmpty else {
            return exponent(rest, needsLetter: !hasPoint).flatMap { Double("\(text)e\($0)") }
        }
        return Double(text)
    }

    private static func special(_ field: ArraySlice<UInt8>) -> Double? {
        guard (3...8).contains(field.count) else { return nil }
        switch String(decoding: field, as: UTF8.self).lowercased() {
        case "nan": return .nan
        case "inf", "infinity": return .infinity
        default: return nil
        }
    }

    /// What stands after the mantissa, as a whole number.
    private static func exponent(_ field: ArraySlice<UInt8>, needsLetter: Bool) -> Int? {
        var rest = field
        let letters: [UInt8] = [0x44, 0x45, 0x64, 0x65]  // D, E, d, e
        let hasLetter = rest.first.map(letters.contains) ?? false
        if hasLetter { rest.removeFirst() }
        var isNegative = false
        var hasSign = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            rest.removeFirst()
            isNegative = sign == UInt8(ascii: "-")
            hasSign = true
        }
        let digits = takeDigits(&rest)
        guard rest.isEmpty, (1...4).contains(digits.count), let number = Int(digits) else { return nil }
        guard hasLetter || (hasSign && digits.count == 3 && !needsLetter) else { return nil }
        return isNegative ? -number : number
    }

    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> String {
        let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        rest = rest[digits.endIndex...]
        return String(decoding: digits, as: UTF8.self)
    }
}
