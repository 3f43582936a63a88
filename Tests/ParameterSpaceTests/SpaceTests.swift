import Support
import Testing

@testable import ParameterSpace

/// The space of the survey around modern Earth.
func earth() -> Space {
    func axis(_ step: String) -> Parameter.Role {
        .axis(Axis(step: ExactDecimal(step)!, range: .leastPositive ... .one))
    }
    func ratio(_ name: String, _ start: String, _ role: Parameter.Role) -> Parameter {
        Parameter(
            name: name, kind: .mixingRatio, role: role, start: ExactDecimal(start)!, unit: "mol/mol", description: "")
    }
    return Space(parameters: [
        ratio("O2", "0.21", axis("0.01")), ratio("N2", "0", .remainder(decimals: 10)),
        ratio("H2O", "0.0123", axis("0.01")), ratio("CH4", "1.63e-6", axis("0.005")),
        ratio("CO2", "4.0e-4", axis("0.01")), ratio("H2", "8.13e-8", axis("0.005")),
    ])
}

@Suite("A parameter space")
struct SpaceTests {
    @Test("fills the rest with its filler")
    func filler() throws {
        let start = try #require(earth().start)
        #expect(start.code == "0.21,0.7772982887,0.0123,1.63e-6,0.0004,8.13e-8")
    }

    @Test("hashes names and exact values, whatever the order of declaration and the way of writing")
    func hash() throws {
        let space = earth()
        let start = try #require(space.start)
        let lines = "CH4=1.63e-6\nCO2=0.0004\nH2=8.13e-8\nH2O=0.0123\nN2=0.7772982887\nO2=0.21\n"
        #expect(space.hash(of: start).description == Hexadecimal.encode(SHA256.hash(Array(lines.utf8))))

        let reversed = Space(parameters: space.parameters.reversed())
        #expect(reversed.hash(of: try #require(reversed.start)) == space.hash(of: start))
        let written = try space.point(code: "0.210,0.7772982887,1.23e-2,0.00000163,4.0E-4,81.3e-9")
        #expect(space.hash(of: written) == space.hash(of: start))
        #expect(PointHash(space.hash(of: start).description.uppercased()) == space.hash(of: start))
        #expect(PointHash("abc") == nil)
    }

    @Test(
        "says what is wrong with a code",
        arguments: [
            ("0.21,0.79", "has 2 values"), ("0.21,x,0,0,0,0", "N2: 'x'"), ("0.9,0,0.2,0,0,0", "more than 1 in sum"),
            ("0.5,0.4,0,0,0,0", "leave 0.5 for it, not 0.4"), ("-0.1,1,0,0,0,0", "O2: -0.1 is not a mixing ratio"),
        ])
    func badCodes(code: String, reason: String) {
        #expect { try earth().point(code: code) } throws: { "\($0)".contains(reason) }
    }
}
