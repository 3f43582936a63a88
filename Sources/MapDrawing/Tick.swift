internal import Glibc

/// A tick of an axis.
struct Tick {
    /// Where, scaled as in ``AxisModel``.
    let position: Double
    /// What is written there; nil for a minor tick.
    let label: RichText?
}

extension Tick {
    /// The ticks of an axis, with about as many labels as wanted.
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
        // The nearest of them, as ratios go.
        case ..<1.4: unit = 1
        case ..<3.1: unit = 2
        case ..<7: unit = 5
        default: exponent += 1
        }
        let step = TickNumber(mantissa: unit, exponent: exponent).value
        // The little more keeps a tick at an end of the range, although the division rounds.
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        // Beyond this, neighbouring ticks would be the same number of a Double.
        guard max(abs(first), abs(last)) < 1e15, first <= last else { return [] }
        return (Int(first)...Int(last)).map { TickNumber(mantissa: $0 * unit, exponent: exponent) }
    }

    /// One style for all numbers of an axis.
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
        // Less than a factor of five: the numbers of a linear axis, where the logarithm puts them.
        let values = pow(10, range.lowerBound)...pow(10, range.upperBound)
        return label(numbers(values, wanted: wanted).filter { $0.mantissa > 0 })
            .map { Tick(position: log10($0.value), label: $0.label) }
    }

    /// Labels at (every so many) powers of ten; minor ticks between them.
    private static func powersOfTen(_ range: ClosedRange<Double>, wanted: Int) -> [Tick] {
        let powers = Int(range.lowerBound.rounded(.up))...Int(range.upperBound.rounded(.down))
        let stride = max(1, (powers.count + wanted - 1) / wanted)
        var ticks: [Tick] = []
        for power in (powers.lowerBound - 1)...powers.upperBound {
            // Multiples of the stride, whatever the range, so that 10⁰ is among them.
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
