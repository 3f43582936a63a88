import Testing

@testable import ModelRunner

@Suite("Fortran's numbers")
struct FortranNumberTests {
    private func value(_ text: String) -> Double? { FortranNumber.value(Array(text.utf8)[...]) }

    @Test(
        "Every form that Fortran prints is read",
        arguments: [
            ("1.23E-02", 1.23e-2), ("-1.35E+03", -1.35e3), ("9.831E-001", 0.9831), ("1.d4", 1e4), (".5", 0.5),
            ("5.", 5),
            ("-.5", -0.5), ("+2", 2), ("400", 400), ("5.36-102", 5.36e-102), ("1.69-230", 1.69e-230),
            ("7.2+101", 7.2e101),
            ("0.485588E-05", 0.485588e-5), ("1.D-3", 1e-3),
        ])
    func forms(_ text: String, _ number: Double) {
        #expect(value(text) == number)
    }

    @Test("What is no number is told from what is")
    func others() {
        #expect(value("NaN")?.isNaN == true)
        #expect(value("-Infinity") == -.infinity)
        for text in [
            "", "-", ".", "****", "1.2.3", "1.0E", "1.0E+", "1.0E+0x", "5-102", "5.36-10", "1,5", "nano", "E5",
        ] {
            #expect(value(text) == nil, "'\(text)'")
        }
    }

    @Test("A mixing ratio is written with four digits, rounded as it is written by people")
    func notation() {
        let expected = [
            (0.0123, "1.230E-02"), (0.21, "2.100E-01"), (1.63e-6, "1.630E-06"), (0.7772982887, "7.773E-01"),
            (1, "1.000E+00"), (0.99996, "1.000E+00"), (1e-24, "1.000E-24"), (0.12345, "1.235E-01"), (5e-5, "5.000E-05"),
        ]
        for (number, text) in expected { #expect(ScientificNotation.text(number) == text) }
    }
}
