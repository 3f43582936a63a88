import Support
import TestSupport
import Testing

@testable import ParameterSpace

@Suite("Exact decimals")
struct ExactDecimalTests {
    @Test(
        "have one canonical text in any notation",
        arguments: [
            ("0.21", "0.21"), ("4.0e-4", "0.0004"), ("0.00040", "0.0004"), ("1.63E-06", "1.63e-6"),
            ("+12", "12"), ("-0.5", "-0.5"), ("0.000", "0"), ("1e3", "1000"), ("9.9e-5", "9.9e-5"), ("1e-24", "1e-24"),
            ("123.456", "123.456"), (".5", "0.5"), ("5.", "5"), ("00012", "12"), ("999999999999", "999999999999"),
            ("100000000000000e-6", "100000000"),
        ])
    func anyNotation_hasOneCanonicalText(written: String, canonical: String) throws {
        let value = try #require(ExactDecimal(written))
        #expect(value.description == canonical)
        #expect(ExactDecimal(canonical) == value)
    }

    @Test(
        "are not read from any other text",
        arguments: [
            "", "-", "+", ".", "e5", "1e", "1e+", "0x10", "nan", "inf", "1 ", " 1", "1,5", "1e-25", "1e12", "1.5.2",
            "--1", "1e99999", "0.1234567890123456789012345", "٣",
        ])
    func invalidText_isRejected(text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    @Test("add without binary rounding")
    func sums_areExact() {
        let tenth = ExactDecimal("0.1")!
        #expect(tenth + tenth + tenth == ExactDecimal("0.3"))
        #expect((ExactDecimal("0.3")! - tenth).doubleValue == 0.2)
    }

    @Test("round halves away from zero")
    func halves_roundAwayFromZero() {
        #expect(ExactDecimal("0.12345")!.rounded(toDecimals: 4).description == "0.1235")
        #expect(ExactDecimal("-0.12345")!.rounded(toDecimals: 4).description == "-0.1235")
        #expect(ExactDecimal("0.12344999")!.rounded(toDecimals: 4).description == "0.1234")
        #expect(ExactDecimal("7.5")!.rounded(toDecimals: 0).description == "8")
    }

    @Test("survive a round trip through text")
    func text_roundTrips() {
        var generator = SplitMix64(seed: 7)
        for _ in 0..<2_000 {
            let scaled = Int128(Int64.random(in: .min ... .max, using: &generator))
            let value = ExactDecimal(scaled: scaled >> Int128(Int.random(in: 0..<60, using: &generator)))
            #expect(ExactDecimal(value.description) == value, "\(value)")
        }
    }
}
