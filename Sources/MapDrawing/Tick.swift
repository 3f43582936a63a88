internal import Glibc

/// A tick of an axis.
struct Tick {
    /// The position, scaled as in ``AxisModel``.
    let position: Double
    /// The label; `nil` for a minor tick.
    let label: RichText?
}

extension Tick {
    /// Returns the ticks of an axis, with about `wanted` labels.
    static func ticks(_ range: ClosedRange<Double>, _ scale: MapAxis.Scale, wanted: Int) -> [Tick] {
        switch scale {
        case .linear: linear(range, wanted: max(wanted, 2))
        case .logarithmic: logarithmic(range, wanted: max(wanted, 2))
        }
    }

    /// At multiples of 1, 2 or 5 times a power of ten.
    private static func linear(_ range: ClosedRange<Double>, wanted: Int) -> [Tick] {
        label(numbers(range, wanted: wanted)).map { Tick(position: $0.value, label: $0.label) }
    }

    private static func numbers(_ range: ClosedRange<Double>, wanted: Int) -> [TickNumber] {
        let rough = (range.upperBound - range.lowerBound) / Double(wanted)
        var exponent = Int(floor(log10(rough)))
        var unit = 1
        let factor = rough / pow(10, Double(exponent))
        switch factor {
        // The nearest of them by ratio.
        case ..<1.4: unit = 1
        case ..<3.1: unit = 2
        case ..<7: unit = 5
        default: exponent += 1
        }
        let step = TickNumber(mantissa: unit, exponent: exponent).value
        // The tolerance keeps a tick at an end of the range in spite of rounding.
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        // Beyond this, neighbouring ticks would be the same `Double`.
        guard max(abs(first), abs(last)) < 1e15, first <= last else { return [] }
        return (Int(first)...Int(last)).map { TickNumber(mantissa: $0 * unit, exponent: exponent) }
    }

    /// Uses one style for all numbers of an axis.
    private static func label(_ numbers: [TickNumber]) -> [(value: Double, label: RichText)] {
        let largest = numbers.map { abs($0.value) }.max() ?? 0
        let plain = largest == 0 || (largest >= 1e-3 && largest < 1e6)
        let power = plain ? 0 : Int(floor(log10(largest) + 1e-9))
        return numbers.map { ($0.value, plain ? RichText($0.plain) : $0.scientific(power: power)) }
    }

    private static func logarithmic(_ range: ClosedRange<Double>, wanted: Int) -> [Tick] {
        let decades = range.upperBound - range.lowerBound
        if decades >= 2 { return powersOfTen(range, wanted: wanted) }
        if decades >= 0.7 { return multiples(range) }
        // Less than a factor of five: the numbers of a linear axis at their logarithms.
        let values = pow(10, range.lowerBound)...pow(10, range.upperBound)
        return label(numbers(values, wanted: wanted).filter { $0.mantissa > 0 })
            .map { Tick(position: log10($0.value), label: $0.label) }
    }

    /// Labels at powers of ten (or every n-th); minor ticks between them.
    private static func powersOfTen(_ range: ClosedRange<Double>, wanted: Int) -> [Tick] {
        let powers = Int(range.lowerBound.rounded(.up))...Int(range.upperBound.rounded(.down))
        let stride = max(1, (powers.count + wanted - 1) / wanted)
        var ticks: [Tick] = []
        for power in (powers.lowerBound - 1)...powers.upperBound {
            // Multiples of the stride in every range, so that 10⁰ is among them.
            let labelled = power % stride == 0
            ticks.append(Tick(position: Double(power), label: labelled ? .power(ofTen: power) : nil))
            if stride == 1 {
                ticks += (2...9).map { Tick(position: Double(power) + log10(Double($0)), label: nil) }
            }
        }
        return ticks.filter { range.contains($0.position) }
    }

    /// Labels at 1, 2 and 5 times the powers of ten; minor ticks between them.
    private static func multiples(_ range: ClosedRange<Double>) -> [Tick] {
        let powers = Int(floor(range.lowerBound))...Int(floor(range.upperBound))
        // One style for all numbers of an axis.
        let plain = powers.lowerBound >= -3 && powers.upperBound <= 3
        return powers.flatMap { power in
            (1...9).map { factor in
                let number = TickNumber(mantissa: factor, exponent: power)
                let text = plain ? RichText(number.plain) : number.scientific(power: power)
                return Tick(
                    position: Double(power) + log10(Double(factor)), label: [1, 2, 5].contains(factor) ? text : nil)
            }
        }.filter { range.contains($0.position) }
    }
}

/// A number at a tick: an integer times a power of ten, so that its digits are exact.
struct TickNumber: Equatable {
    let mantissa: Int
    let exponent: Int

    var value: Double { exponent < 0 ? Double(mantissa) / power(-exponent) : Double(mantissa) * power(exponent) }

    /// Plain digits, such as `0.25` or `1,500`, with as many decimals as the exponent requires.
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

    /// A multiple of a power of ten, such as 2.5×10⁻⁶.
    func scientific(power: Int) -> RichText {
        if mantissa == 0 { return RichText("0") }
        let factor = TickNumber(mantissa: mantissa, exponent: exponent - power).plain
        let ten = RichText.power(ofTen: power)
        return factor == "1" ? ten : RichText("\(factor)×") + ten
    }

    private func power(_ exponent: Int) -> Double { (0..<exponent).reduce(1.0) { product, _ in product * 10 } }
}

/// Separates groups of three digits of an integer by commas.
func grouped(_ digits: String) -> String {
    var result = ""
    for (position, digit) in digits.enumerated() {
        if position > 0, (digits.count - position) % 3 == 0 { result += "," }
        result.append(digit)
    }
    return result
}
