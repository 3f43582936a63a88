/// Numbers in the formats of Fortran programs.
enum FortranNumber {
    /// Reads a field: `1.23E-02`, `1.2d3`, `-.5`, `5.36-102` (an exponent of three digits replaces the letter), `NaN`,
    /// `Infinity`.
    ///
    /// - Returns: `nil` for any other text, such as the asterisks of a number that did not fit.
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

    /// The integer after the mantissa.
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

/// The lines of a file that a Fortran program wrote, perhaps not to its end.
struct OutputLines {
    /// The complete lines, without their line breaks. Text after the last line break is dropped, because its last number may
    /// be incomplete.
    let lines: [ArraySlice<UInt8>]

    init(_ bytes: [UInt8]) {
        let newline = UInt8(ascii: "\n")
        guard let last = bytes.lastIndex(of: newline) else {
            lines = []
            return
        }
        lines = bytes[..<last].split(separator: newline, omittingEmptySubsequences: false)
    }
}

extension ArraySlice<UInt8> {
    /// The parts between blanks.
    var fields: [ArraySlice<UInt8>] {
        split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
    }

    /// The line without leading blanks.
    var unindented: ArraySlice<UInt8> {
        drop { $0 == UInt8(ascii: " ") }
    }

    /// The field after a label such as `TIME =`.
    func field(after label: String) -> ArraySlice<UInt8>? {
        position(after: label).map { self[$0...].unindented.prefix { $0 != UInt8(ascii: " ") } }
    }

    /// The number after a label; `nil` if the label or the number is missing.
    func number(after label: String) -> Double? {
        field(after: label).flatMap { FortranNumber.value($0) }
    }

    /// The integer after a label.
    func integer(after label: String) -> Int? {
        field(after: label).flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    }

    /// Whether it contains a text.
    func contains(text: String) -> Bool {
        position(after: text) != nil
    }

    private func position(after text: String) -> Int? {
        let text = Array<UInt8>(text.utf8)
        guard let first = text.first, count >= text.count else { return nil }
        var start = startIndex
        let last = endIndex - text.count
        while start <= last {
            if self[start] == first, self[start..<(start + text.count)].elementsEqual(text) {
                return start + text.count
            }
            start += 1
        }
        return nil
    }
}
