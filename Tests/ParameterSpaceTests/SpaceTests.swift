import Support
import Testing

@testable import ParameterSpace

@Suite("A parameter space")
struct SpaceTests {
    @Test("computes its remainder")
    func remainder_completesTheSum() throws {
        let start = try #require(earth().start)
        #expect(start.code == "0.21,0.7772982887,0.0123,1.63e-6,0.0004,8.13e-8")
    }

    @Test("hashes names and exact values, independently of declared order and notation")
    func hash_isIndependentOfOrderAndNotation() throws {
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
        "explains what is wrong with a code",
        arguments: [
            ("0.21,0.79", "has 2 values"), ("0.21,x,0,0,0,0", "N2: 'x'"), ("0.9,0,0.2,0,0,0", "exceeds 1"),
            ("0.5,0.4,0,0,0,0", "must be 0.5, not 0.4"), ("-0.1,1,0,0,0,0", "O2: -0.1 is not a mixing ratio"),
        ])
    func invalidCode_isRejectedWithReason(code: String, reason: String) {
        #expect { try earth().point(code: code) } throws: { "\($0)".contains(reason) }
    }
}
