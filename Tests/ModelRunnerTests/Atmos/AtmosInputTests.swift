import Testing

@testable import ModelRunner

@Suite("Atmos's input files")
struct AtmosInputTests {
    private static let species = """
        *   LONG-LIVED O H C S N CL LBOUND  VDEP0   FIXEDMR SGFLUX    DISTH MBOUND SMFLUX  VEFF0
        O2         LL  2 0 0 0 0 0    0     0.      0.      0.        0.      0      0.      0.
        CO         LL  1 0 1 0 0 0    2     3.0E-02 1.1E-07 3.70E+11  10.     0      0.      0.   ! kept
        CO2        LL  2 0 1 0 0 0    2     5.0E-05 3.600000E-04 6.875E+08 14.     0      0.      0.
        H2         LL  0 2 0 0 0 0    1     2.4E-04 -1.000E-02 0.      0.
        O1D        SL  1 0 0 0 0 0
        N2         IN  0 0 0 0 2 0    0.78          !must be last IN
        SHORT      LL  0 0
        """

    private func edited(_ species: String, to mixingRatio: Double) throws -> [String] {
        var file = SpeciesFile(Array(Self.species.utf8))
        try file.set(species, to: mixingRatio)
        let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        let before = Self.species.split(separator: "\n").map(String.init)
        return zip(lines, before).filter { $0 != $1 }.map(\.0)
    }

    @Test("A long-lived species is held at its mixing ratio, and its columns stay apart")
    func longLived() throws {
        #expect(
            try edited("O2", to: 0.0123) == [
                "O2         LL  2 0 0 0 0 0    1     0.      1.230E-02 0.        0.      0      0.      0."
            ])
    }

    @Test("A number that is shorter than the one it replaces leaves all columns where they were")
    func shorter() throws {
        #expect(
            try edited("CO2", to: 4e-4) == [
                "CO2        LL  2 0 1 0 0 0    1     5.0E-05 4.000E-04    6.875E+08 14.     0      0.      0."
            ])
    }

    @Test("A comment behind the numbers stays, and so does an inert species' line but for its number")
    func comments() throws {
        #expect(
            try edited("CO", to: 1e-7) == [
                "CO         LL  1 0 1 0 0 0    1     3.0E-02 1.000E-07 3.70E+11  10.     0      0.      0.   ! kept"
            ])
        #expect(try edited("N2", to: 0.7773) == ["N2         IN  0 0 0 0 2 0    7.773E-01     !must be last IN"])
    }

    @Test("What Atmos cannot be given is refused with its reason")
    func refused() {
        let expected = [
            ("XE", 0.1, "Atmos's species.dat has no species XE"),
            ("LONG-LIVED", 0.1, "Atmos's species.dat has no species LONG-LIVED"),
            ("O2", 0, "O2 is 0.0, but Atmos needs mixing ratios above 0 and at most 1"),
            ("O2", .nan, "O2 is nan, but Atmos needs mixing ratios above 0 and at most 1"),
            ("O2", 1.5, "O2 is 1.5, but Atmos needs mixing ratios above 0 and at most 1"),
            ("SHORT", 0.5, "the line of SHORT in Atmos's species.dat is too short"),
            (
                "O1D", 0.5,
                "O1D is of the kind SL in Atmos's species.dat; only long-lived (LL) and inert (IN) species can be given a "
                    + "mixing ratio"
            ),
        ]
        for (species, mixingRatio, reason) in expected {
            #expect(throws: AtmosInputError(description: reason)) { _ = try edited(species, to: mixingRatio) }
        }
    }

    @Test("A composition above 1 in sum, or with a value that is not above zero, is refused")
    func compositions() throws {
        func composition(_ values: (String, String)...) throws -> AtmosComposition {
            try AtmosComposition(
                ModelInput(hash: "", code: "", values: values.map { NamedValue(name: $0, value: $1) }))
        }
        #expect(try composition(("O2", "0.22"), ("N2", "0.7800000001")).mixingRatio(of: "O2") == 0.22)
        #expect(throws: AtmosInputError(description: "the mixing ratios are 1.15 in sum, which is above 1")) {
            try composition(("O2", "0.95"), ("CO2", "0.2"))
        }
        for value in ["0", "-0.01", "nonsense", "nan"] {
            #expect(
                throws: AtmosInputError(description: "O2 is \(value), but Atmos needs mixing ratios above zero")
            ) { try composition(("O2", value)) }
        }
    }

    @Test("A setting of the climate changes alone, and its comment keeps its column")
    func climate() throws {
        var file = ClimateInputFile(
            Array("NSTEPS=    200           !step number\nIMET=      1\nIMETETH=   0\nC      IMET - A FLAG\n".utf8))
        try file.set("NSTEPS", to: 1400)
        try file.set("IMET", to: 0)
        #expect(
            String(decoding: file.bytes, as: UTF8.self)
                == "NSTEPS=    1400          !step number\nIMET=      0\nIMETETH=   0\nC      IMET - A FLAG\n")
        #expect(throws: AtmosInputError(description: "Atmos's input_clima.dat has no setting IUP")) {
            try file.set("IUP", to: 0)
        }
    }
}
