/// Numbers as Atmos's input files hold them.
enum ScientificNotation {
    /// Four significant digits and an exponent of at least two: `1.230E-02`, as C's `%.3E` gives.
    ///
    /// - Parameter number: finite and above zero.
    static func text(_ number: Double) -> String {
        // The shortest text that stands for the number, so that what is rounded is what somebody wrote.
        let text = "\(number)".lowercased()
        let parts = text.split(separator: "e")
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var digits = Array(mantissa.joined().utf8).map { Int($0) - 48 }
        exponent += mantissa[0].count - 1
        let zeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(zeros)
        exponent -= zeros
        digits += Array(repeating: 0, count: max(0, 5 - digits.count))
        var rounded = digits[0..<4].reduce(0) { $0 * 10 + $1 }
        if digits[4] >= 5 { rounded += 1 }
        if rounded == 10_000 {
            rounded = 1000
            exponent += 1
        }
        let sign = exponent < 0 ? "-" : "+"
        let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
        let fraction = String(rounded % 1000)
        return "\(rounded / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction + "E\(sign)\(power)"
    }
}
