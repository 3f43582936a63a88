import Testing

@testable import ParameterSpace

@Suite("A constraint")
struct ConstraintTests {
    private static let names = ["CO2", "CH4", "T"]

    private func holds(_ text: String, _ values: String...) throws -> Bool {
        try Constraint(text, parameters: Self.names).isMet(by: values.map { ExactDecimal($0)! })
    }

    @Test(
        "is evaluated in exact decimals",
        arguments: [
            ("CO2 + CH4 < 0.5", true), ("CO2 + CH4 < 0.3", false), ("CO2 + CH4 <= 0.3", true),
            ("CO2 + CH4 == 0.3", true), ("CO2 * CH4 == 0.02", true), ("CO2 - CH4 == -0.1", true),
            ("CO2 / CH4 == 0.5", true), ("1 - CO2 / 3 * 3 == 0.9", true), ("0 < CO2 < CH4 <= 0.2", true),
            ("0 < CH4 < CO2", false), ("not CO2 > 1 and T >= 280", true), ("CO2 > 1 or not (T < 280)", true),
            ("CO2 > 1 or CO2 > 2 and T > 0", false), ("(CO2 > 1 or CO2 < 2) and T > 0", true),
            ("-CO2 < --CH4", true), ("max(CO2, CH4, 0.15) == 0.2", true), ("min(CO2, CH4) == 0.1", true),
            ("abs(CO2 - CH4) == 0.1", true), ("sqrt(T * T) > 287.9 and sqrt(T * T) < 288.1", true),
            ("log10(CO2) == -1", true), ("2 * (CO2 + CH4) != 0.6", false), ("1e-1 == CO2", true),
        ])
    func arithmetic_isExact(text: String, expected: Bool) throws {
        #expect(try holds(text, "0.1", "0.2", "288") == expected)
    }

    @Test("that cannot be computed is not met, and neither is its negation")
    func undefinedValue_meetsNoCondition() throws {
        for text in [
            "CO2 / CH4 < 1", "not CO2 / CH4 < 1", "log10(CH4) < 1", "sqrt(0 - CO2) >= 0", "1 / CH4 == 1 / CH4",
        ] {
            #expect(try !holds(text, "0.1", "0", "288"))
        }
        #expect(try holds("CH4 == 0 or CO2 / CH4 < 1", "0.1", "0", "288"))
    }

    @Test("is exact if binary numbers are not, and falls back to them out of range")
    func arithmetic_fallsBackToBinaryOutOfRange() throws {
        #expect(try holds("CO2 + CH4 == 0.3 and 3 * CO2 == 0.3", "0.1", "0.2", "0"))
        #expect(try holds("T * T * T > 1e11", "0", "0", "999999999999"))
        #expect(try holds("CO2 * CO2 * CO2 > 0", "1e-12", "0", "0"))
    }

    @Test(
        "that is invalid is rejected with the column",
        arguments: [
            ("", 1, "a condition is missing"), ("CO2 + CH3 < 0.5", 7, "no parameter 'CH3'; did you mean 'CH4'?"),
            ("CO2 + < 0.5", 7, "missing before '<'"), ("CO2 + CH4", 1, "expected a comparison here"),
            ("(CO2 + CH4 < 0.5", 17, "the bracket of column 1 is not closed before the end"),
            ("CO2 < 0.5)", 10, "')' is unexpected here"), ("CO2 = 0.5", 5, "write '==' for equal"),
            ("CO2 && CH4", 5, "write 'and'"), ("lg(CO2) < 1", 1, "no function 'lg'"),
            ("log10(CO2, CH4) < 1", 1, "log10 takes one number, not 2"),
            ("min(CO2) < 1", 1, "takes at least two numbers"),
            ("CO2 < 1 + (CH4 < 2)", 11, "expected a number here, not a condition"),
            ("CO2 < 1 and CH4", 13, "expected a comparison here"),
            ("0.1.2 < CO2", 1, "'0.1.2' is not a decimal number"),
            ("CO2 < 1 CH4", 9, "'CH4' is unexpected here"), ("CO2 ** 2 < 1", 5, "write a power as a product"),
            ("log10 < 1", 1, "needs its numbers in brackets"), ("and < 1", 1, "missing before 'and'"),
            ("CO2 ≤ 1", 5, "write '<='"), ("CO2 < 1e", 7, "'1e' is not a decimal number"),
        ])
    func invalidCondition_isRejectedWithColumn(text: String, column: Int, message: String) {
        let error = #expect(throws: ConstraintError.self) { try Constraint(text, parameters: Self.names) }
        #expect(error?.column == column)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("of any depth and any text is rejected without a crash", .timeLimit(.minutes(1)))
    func hostileText_isRejected() {
        let deep = String(repeating: "(", count: 100_000) + "CO2"
        let signs = String(repeating: "-", count: 100_000) + "CO2 < 1"
        let nots = String(repeating: "not ", count: 100_000) + "CO2 < 1"
        for text in [deep, signs, nots, "\u{0}", "🌍 < 1", "CO2 <", "<", ")", ",", "min(", "min(CO2,"] {
            #expect(throws: ConstraintError.self) { try Constraint(text, parameters: Self.names) }
        }
    }

    @Test("excludes points from neighbourhoods, codes and the start")
    func violatingPoint_isNotInTheSpace() throws {
        let space = cube(10, start: [4, 4], constraints: ["x1 + x2 < 9"])
        let neighbours = Neighbourhood(shape: .diagonals, steps: 1).neighbours(of: try #require(space.start), in: space)
        #expect(Set(neighbours.map(\.place)) == [[3, 3], [3, 4], [3, 5], [4, 3], [5, 3]])
        #expect { try space.point(code: "5,4") } throws: {
            "\($0)".contains("violates the constraint 'x1 + x2 < 9'")
        }
        #expect(cube(10, start: [5, 5], constraints: ["x1 + x2 < 9"]).start == nil)
    }
}
