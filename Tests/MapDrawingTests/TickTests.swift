internal import Testing

@testable internal import MapDrawing

@Suite("Ticks")
struct TickTests {
    private func labels(_ range: ClosedRange<Double>, _ scale: MapAxis.Scale, wanted: Int = 6) -> [String] {
        Tick.ticks(range, scale, wanted: wanted).compactMap { $0.label?.plain }
    }

    @Test(
        "are at 1, 2 or 5 times a power of ten on a linear axis",
        arguments: [
            (0.0...1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (0.3...1.2, ["0.4", "0.6", "0.8", "1.0", "1.2"]),
            (213...327, ["220", "240", "260", "280", "300", "320"]),
            (-0.011...0.01, ["−0.010", "−0.005", "0.000", "0.005", "0.010"]),
            (0...6000, ["0", "1,000", "2,000", "3,000", "4,000", "5,000", "6,000"]),
            (287.0001...287.0006, ["287.0001", "287.0002", "287.0003", "287.0004", "287.0005", "287.0006"]),
        ])
    func linearTicks_areRoundNumbers(range: ClosedRange<Double>, expected: [String]) {
        #expect(labels(range, .linear) == expected)
    }

    @Test("are in scientific notation if plain digits would be long")
    func longNumbers_areScientific() {
        #expect(labels(0...2e-6, .linear, wanted: 4) == ["0", "0.5×10−6", "1.0×10−6", "1.5×10−6", "2.0×10−6"])
        #expect(labels(1e9...3e9, .linear, wanted: 4) == ["1.0×109", "1.5×109", "2.0×109", "2.5×109", "3.0×109"])
    }

    @Test("are at powers of ten on a logarithmic axis, with minor ticks in between")
    func logarithmicTicks_arePowersOfTen() {
        let ticks = Tick.ticks(-6.1 ... -0.5, .logarithmic, wanted: 8)
        #expect(ticks.compactMap { $0.label?.plain } == ["10−6", "10−5", "10−4", "10−3", "10−2", "10−1"])
        let power = ticks.first { $0.label != nil }
        #expect(power?.label?.runs == [.init(text: "10", level: .line), .init(text: "−6", level: .above)])
        #expect(ticks.filter { $0.label == nil && $0.position > -5 && $0.position < -4 }.count == 8)
    }

    @Test("skip powers of ten if there are too many")
    func manyPowers_areSkipped() {
        let ticks = Tick.ticks(-30...0, .logarithmic, wanted: 7)
        #expect(ticks.compactMap { $0.label?.plain } == ["10−30", "10−25", "10−20", "10−15", "10−10", "10−5", "100"])
        #expect(ticks.count == 31)
    }

    @Test("are at 1, 2 and 5 on an axis of one or two decades")
    func fewDecades_haveMultiples() {
        #expect(labels(-0.4...0.8, .logarithmic) == ["0.5", "1", "2", "5"])
        #expect(labels(-6.4 ... -5.2, .logarithmic) == ["5×10−7", "10−6", "2×10−6", "5×10−6"])
    }

    @Test("are linear on a logarithmic axis that covers less than a factor of five")
    func narrowLogarithmicAxis_hasLinearTicks() {
        #expect(labels(0.0...0.3, .logarithmic, wanted: 5) == ["1.0", "1.2", "1.4", "1.6", "1.8"])
    }

    @Test("are absent if their numbers would be indistinguishable")
    func indistinguishableTicks_areOmitted() {
        #expect(labels(1e100...(1e100).nextUp, .linear) == [])
    }
}
