internal import Testing

@testable internal import MapDrawing

@Suite("Labels")
struct RichTextTests {
    /// The label with subscripts in round and superscripts in square brackets.
    private func marked(_ label: String) -> String {
        RichText(label: label).runs.map { run in
            switch run.level {
            case .line: run.text
            case .below: "(\(run.text))"
            case .above: "[\(run.text)]"
            }
        }.joined()
    }

    @Test(
        "set the numbers of chemical formulas, and no others, as subscripts",
        arguments: [
            ("CO2", "CO(2)"), ("H2O, CH4", "H(2)O, CH(4)"), ("C2H5Cl", "C(2)H(5)Cl"), ("H2SO4/H2O", "H(2)SO(4)/H(2)O"),
            ("CO", "CO"), ("earth2", "earth2"), ("Step2", "Step2"), ("0.21", "0.21"), ("1.63e-6", "1.63e-6"),
            ("2CO", "2CO"),
            ("ÄO2", "ÄO(2)"), ("", ""),
        ])
    func formulaNumbers_areSubscripts(label: String, expected: String) {
        #expect(marked(label) == expected)
    }

    @Test(
        "set a number after a caret as a superscript",
        arguments: [
            ("W/m^2", "W/m[2]"), ("10^-6", "10[−6]"), ("a^b", "a^b"), ("^", "^"), ("x^-", "x^-"),
            ("cm^-1 K", "cm[−1] K"),
        ])
    func numberAfterCaret_isSuperscript(label: String, expected: String) {
        #expect(marked(label) == expected)
    }
}
