/// Replaces fields of a line and keeps the columns of the others.
enum FixedFields {
    /// The ranges of the parts between blanks.
    static func ranges(in line: [UInt8]) -> [Range<Int>] {
        line[...].fields.map { $0.startIndex..<$0.endIndex }
    }

    /// Replaces a field with `text`.
    ///
    /// The text begins in the same column. The following fields keep their columns if there are enough blanks between them,
    /// and move otherwise: one blank always remains, because Atmos stops at a number that touches the next one.
    static func replace(_ field: Range<Int>, with text: String, in line: inout [UInt8]) {
        let blank = UInt8(ascii: " ")
        let new = Array(text.utf8)
        let gap = line[field.upperBound...].prefix { $0 == blank }.count
        let isLast = field.upperBound + gap == line.count
        let needed = isLast ? 0 : 1
        let blanks = max(field.count + gap - new.count, needed)
        line.replaceSubrange(
            field.lowerBound..<(field.upperBound + gap), with: new + [UInt8](repeating: blank, count: blanks))
    }
}

/// Numbers in the format of Atmos's input files.
enum ScientificNotation {
    /// Four significant digits and an exponent of at least two: `1.230E-02`, as C's `%.3E` gives.
    ///
    /// - Parameter number: finite and above zero.
    static func text(_ number: Double) -> String {
        let (digits, exponent) = rounded(number, to: 4)
        let sign = exponent < 0 ? "-" : "+"
        let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
        return "\(digits.prefix(1)).\(digits.dropFirst())E\(sign)\(power)"
    }

    /// As ``text(_:)``, for any finite number; zero is `0.`.
    static func signedText(_ number: Double) -> String {
        number == 0 ? "0." : (number < 0 ? "-" : "") + text(number.magnitude)
    }

    /// The shortest notation with this number of significant digits: `6.371E8`.
    ///
    /// - Parameter number: finite and above zero.
    static func shortText(_ number: Double, digits count: Int) -> String {
        let (digits, exponent) = rounded(number, to: count)
        return "\(digits.prefix(1)).\(digits.dropFirst())E\(exponent)"
    }

    /// The significant digits, rounded, and the power of ten of the first one.
    private static func rounded(_ number: Double, to count: Int) -> (digits: String, exponent: Int) {
        // The shortest text for the number, so that the decimal digits of the input are rounded.
        let text = "\(number)".lowercased()
        let parts = text.split(separator: "e")
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var digits = Array(mantissa.joined().utf8).map { Int($0) - 48 }
        exponent += mantissa[0].count - 1
        let zeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(zeros)
        exponent -= zeros
        digits += Array(repeating: 0, count: max(0, count + 1 - digits.count))
        var whole = digits[0..<count].reduce(0) { $0 * 10 + $1 }
        if digits[count] >= 5 { whole += 1 }
        var result = String(whole)
        if result.utf8.count > count {
            result.removeLast()
            exponent += 1
        }
        return (result, exponent)
    }
}

/// The reason why an input file cannot be written for a point.
struct VPLAtmosInputError: Error, Equatable, CustomStringConvertible {
    let description: String
}
