import Testing

@testable import ModelRunner

@Suite("Atmos's input files")
struct VPLAtmosInputTests {
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

    @Test("a long-lived species is fixed at its mixing ratio, and its columns stay separate")
    func longLivedSpecies_isFixed() throws {
        #expect(
            try edited("O2", to: 0.0123) == [
                "O2         LL  2 0 0 0 0 0    1     0.      1.230E-02 0.        0.      0      0.      0."
            ])
    }

    @Test("a shorter number keeps all columns")
    func shorterNumber_keepsColumns() throws {
        #expect(
            try edited("CO2", to: 4e-4) == [
                "CO2        LL  2 0 1 0 0 0    1     5.0E-05 4.000E-04    6.875E+08 14.     0      0.      0."
            ])
    }

    @Test("a comment after the numbers stays; of an inert species only the number changes")
    func comment_isKept() throws {
        #expect(
            try edited("CO", to: 1e-7) == [
                "CO         LL  1 0 1 0 0 0    1     3.0E-02 1.000E-07 3.70E+11  10.     0      0.      0.   ! kept"
            ])
        #expect(try edited("N2", to: 0.7773) == ["N2         IN  0 0 0 0 2 0    7.773E-01     !must be last IN"])
    }

    @Test("a species or mixing ratio that Atmos does not support is refused with its reason")
    func unsupportedSpecies_isRefused() {
        let expected = [
            ("XE", 0.1, "unknown species 'XE' in Atmos's species.dat"),
            ("LONG-LIVED", 0.1, "unknown species 'LONG-LIVED' in Atmos's species.dat"),
            ("O2", 0, "invalid mixing ratio '0.0' of O2: expected a number above 0 and at most 1"),
            ("O2", .nan, "invalid mixing ratio 'nan' of O2: expected a number above 0 and at most 1"),
            ("O2", 1.5, "invalid mixing ratio '1.5' of O2: expected a number above 0 and at most 1"),
            ("SHORT", 0.5, "the line of SHORT in Atmos's species.dat is too short"),
            (
                "O1D", 0.5,
                "O1D is of kind SL in Atmos's species.dat; only long-lived (LL) and inert (IN) species can have a fixed "
                    + "mixing ratio"
            ),
        ]
        for (species, mixingRatio, reason) in expected {
            #expect(throws: VPLAtmosInputError(description: reason)) { _ = try edited(species, to: mixingRatio) }
        }
    }

    @Test("a composition with a sum above 1, or with a value that is not above zero, is refused")
    func impossibleComposition_isRefused() throws {
        func composition(_ values: (String, String)...) throws -> VPLAtmosComposition {
            try VPLAtmosComposition(
                ModelInput(hash: "", code: "", values: values.map { NamedValue(name: $0, value: $1) }))
        }
        #expect(try composition(("O2", "0.22"), ("N2", "0.7800000001")).mixingRatio(of: "O2") == 0.22)
        #expect(throws: VPLAtmosInputError(description: "the sum of the mixing ratios is 1.15, above 1")) {
            try composition(("O2", "0.95"), ("CO2", "0.2"))
        }
        for value in ["0", "-0.01", "nonsense", "nan"] {
            #expect(
                throws: VPLAtmosInputError(
                    description: "invalid mixing ratio '\(value)' of O2: expected a number above 0")
            ) { try composition(("O2", value)) }
        }
        // Scalars are not mixing ratios: they do not count.
        #expect(
            try composition(("O2", "0.9"), ("gravity", "980.7"), ("CH4_surface_flux", "-1e11")).climateAlbedo == nil)
        for (name, value, words) in [
            ("gravity", "0", "value '0' of gravity: expected a number above 0"),
            ("CO_deposition_velocity", "-1", "velocity '-1' of CO_deposition_velocity: expected a number not below 0"),
        ] {
            #expect(throws: VPLAtmosInputError(description: "invalid \(words)")) { try composition((name, value)) }
        }
        #expect(
            throws: VPLAtmosInputError(
                description: "CO has a mixing ratio, so its flux or deposition velocity would have no effect")
        ) { try composition(("CO", "1e-6"), ("CO_surface_flux", "1e9")) }
    }

    @Test("a flux and a deposition velocity set their own kind of boundary, both of them the distributed one")
    func fluxAndVelocity_setBoundary() throws {
        var file = SpeciesFile(Array(Self.species.utf8))
        try file.set("O2", flux: -1.5e11)
        try file.set("CO", depositionVelocity: 1.2e-4)
        try file.set("CO2", depositionVelocity: 0, flux: 6e9)
        let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines[1] == "O2         LL  2 0 0 0 0 0    2     0.      0.      -1.500E+11 0.      0      0.      0.")
        #expect(
            lines[2]
                == "CO         LL  1 0 1 0 0 0    0     1.200E-04 1.1E-07 3.70E+11  10.     0      0.      0.   ! kept")
        #expect(
            lines[3] == "CO2        LL  2 0 1 0 0 0    3     0.      3.600000E-04 6.000E+09 14.     0      0.      0.")
        #expect(
            throws: VPLAtmosInputError(
                description:
                    "O2 has a deposition velocity and a flux, which needs a DISTH above 0 in Atmos's species.dat")
        ) { try file.set("O2", depositionVelocity: 1, flux: 1) }
        #expect(
            throws: VPLAtmosInputError(
                description:
                    "N2 is of kind IN in Atmos's species.dat; only a long-lived (LL) species can have a flux or a "
                    + "deposition velocity")
        ) { try file.set("N2", flux: 1) }
        #expect(throws: VPLAtmosInputError(description: "the line of SHORT in Atmos's species.dat is too short")) {
            try file.set("SHORT", flux: 1)
        }
    }

    @Test("a quantity of the planet fits its columns, with a decimal point, and the rest of its line stays")
    func planet_keepsColumns() throws {
        let text =
            "980.7    = G\n1.00     = FSCALE\n0.250    = ALB\n1.1E6    = ZTROP\n0.01     = FAR\n6.371E8  = R0\n"
            + "1.013    = P0\nEARTH    = PLANET\n0.0      = TIMEGA\n0        = IRESET\n13       = pstar\n"
        var file = PlanetFile(Array(text.utf8))
        try file.set(.gravity, to: 1743.98765)
        try file.set(.solarConstant, to: 1e-5)
        try file.set(.photochemistryAlbedo, to: 0)
        try file.set(.radius, to: 3.3766e8)
        try file.set(.pressure, to: 93)
        try file.set(.star, to: 76)
        #expect(
            String(decoding: file.bytes, as: UTF8.self)
                == "1.744E3  = G\n1.00E-5  = FSCALE\n0.0      = ALB\n1.1E6    = ZTROP\n0.01     = FAR\n3.3766E8 = R0\n"
                + "93.0     = P0\nEARTH    = PLANET\n0.0      = TIMEGA\n0        = IRESET\n76       = pstar\n")
        #expect(
            throws: VPLAtmosInputError(
                description: "the star 13.5 does not fit the 2 columns of Atmos's PLANET.dat; expected a whole number")
        ) { try file.set(.star, to: 13.5) }
        var short = PlanetFile(Array("980.7    = G\n".utf8))
        #expect(throws: VPLAtmosInputError(description: "Atmos's PLANET.dat has no star in line 11")) {
            try short.set(.star, to: 13)
        }
    }

    @Test("only the given setting of the climate changes, and its comment keeps its column")
    func climateSetting_isReplaced() throws {
        var file = ClimateInputFile(
            Array("NSTEPS=    200           !step number\nIMET=      1\nIMETETH=   0\nC      IMET - A FLAG\n".utf8))
        try file.set("NSTEPS", to: 1400)
        try file.set("IMET", to: 0)
        #expect(
            String(decoding: file.bytes, as: UTF8.self)
                == "NSTEPS=    1400          !step number\nIMET=      0\nIMETETH=   0\nC      IMET - A FLAG\n")
        #expect(throws: VPLAtmosInputError(description: "Atmos's input_clima.dat has no setting IUP")) {
            try file.set("IUP", to: 0)
        }
    }
}

@Suite("The outcome of Atmos's programs")
struct VPLAtmosFindingTests {
    private typealias Samples = VPLAtmosOutputSamples

    private func photochemistry(
        _ report: String = Samples.report(), log: String = Samples.photochemistryLog, profile: String = Samples.profile
    ) throws -> PhotochemistryFinding {
        try PhotochemistryFinding(report: report.bytes, log: log.bytes, profile: profile.bytes)
    }

    private func climate(
        _ report: String = Samples.climate(), log: String = "", steps: Int = 3, divergence: Double = 5e-3,
        change: Double = 1e-3
    ) throws -> ClimateFinding {
        try ClimateFinding(
            report: report.bytes, log: log.bytes,
            configuration: VPLAtmosConfiguration(
                climateSteps: steps, divergenceTolerance: divergence, surfaceChangeTolerance: change))
    }

    @Test("a photochemistry that reached its time has converged, with the outputs of its surface")
    func photochemistry_converges() throws {
        let finding = try photochemistry()
        #expect(finding.isConverged)
        #expect(finding.iterations == 40)
        #expect(
            finding.outputs == [
                "photochemistry_iterations": 40, "photochemistry_time": 7.87e17, "o2_mixing_ratio": 0.21,
                "co2_mixing_ratio": 4e-4, "ch4_mixing_ratio": 1.63e-6, "o2_flux": 1.1e12, "h2o_flux": 4.08e12,
                "ch4_flux": 1.6e11, "co2_flux": -6.87e8,
            ])
    }

    @Test("a photochemistry that completed earlier, or with NaN, has not converged")
    func earlyOrNaNPhotochemistry_hasNotConverged() throws {
        let early = try photochemistry(Samples.report(time: "9.99E+16"))
        #expect(!early.isConverged)
        #expect(early.text == "it completed at TIME 9.99e+16 s, below 1e+17 s after 40 iterations")
        #expect(early.outputs == ["photochemistry_iterations": 40, "photochemistry_time": 9.99e16])
        #expect(try photochemistry(Samples.report(time: "1.00E+17")).isConverged)
        #expect(try !photochemistry(Samples.report(emax: "     NaN")).isConverged)
        let diverged = PhotochemistryFinding(divergedIn: Samples.report(emax: "     NaN").bytes)
        #expect(!diverged.isConverged)
        #expect(diverged.text == "EMAX is NaN after 40 iterations")
    }

    @Test("a photochemistry with incomplete files gives no verdict")
    func incompletePhotochemistry_hasNoVerdict() {
        func reason(_ run: () throws -> PhotochemistryFinding) -> String {
            do { return try run().text } catch { return "\(error)" }
        }
        #expect(
            reason { try photochemistry(log: " PhotoMain run comp") } == "its log has no line 'PhotoMain run completed'"
        )
        #expect(
            reason { try photochemistry("nothing\n") }
                == "out.out has no readable line 'N = … EMAX = … TIME = …'")
        let cut = Samples.report().components(before: "     Z        N ")
        #expect(
            reason { try photochemistry(cut) } == "out.out has no complete table of the fluxes of long-lived species")
        #expect(
            reason { try photochemistry(profile: "    PRESS     TEMP      ALT       O2\n   9.831E-001  2.884E+002\n") }
                == "PTZ_mixingratios_out.dist lacks a line of names and a matching row of numbers")
    }

    @Test("a climate at its last step is settled, with the surface of the last table")
    func climate_settles() throws {
        let finding = try climate()
        #expect(finding.isSettled)
        #expect(
            finding.outputs == [
                "surface_temperature": 287.43, "surface_pressure": 1.0301, "climate_steps": 3,
                "climate_divf_rms": 2.15e-3, "climate_dt_nd": -9.09e-4, "climate_mean_divf_rms": 2.15e-3,
                "climate_mean_dt_nd": 9.09e-4,
            ])
        #expect(
            finding.text == "climate after 3 steps: the surface moves by 0.000909 K a step, DIVFrms is 0.00215, above "
                + "the 0.001 that its authors call probably converged")
    }

    @Test("by default, a climate whose surface still moves, or whose fluxes do not balance, is not settled")
    func defaults_checkClimate() throws {
        let configuration = VPLAtmosConfiguration(climateSteps: 3)
        let moving = try ClimateFinding(
            report: Samples.climate(change: " 4.30E-02").bytes, log: [], configuration: configuration)
        #expect(!moving.isSettled)
        #expect(
            moving.text == "after 3 steps the surface moves by 0.043 K a step, beyond the tolerance of 0.001 K a step")
        let unbalanced = try ClimateFinding(
            report: Samples.climate().replacing("2.15E-03", with: "6.15E-03").bytes, log: [],
            configuration: configuration)
        #expect(unbalanced.text == "after 3 steps DIVFrms is 0.00615, beyond the tolerance of 0.005")
    }

    @Test("a surface that moves in all but the last step is not settled")
    func turningSurface_isNotSettled() throws {
        // The temperature of a run that turns from warming to cooling: the change of one step is zero.
        let lines = (1...60).map { step in
            let last = step == 60 ? "0.00E+00" : ScientificNotation.text(Double(60 - step) * 2e-4)
            return Samples.climate(steps: 1, change: last).replacing("NST=     1", with: "NST=    \(step)")
        }
        let finding = try climate(lines.joined(), steps: 60)
        #expect(finding.outputs["climate_dt_nd"] == 0)
        #expect(!finding.isSettled)
    }

    @Test("a climate with a residual beyond the exploration's tolerance is not settled, and has its outputs")
    func residualBeyondTolerance_isNotSettled() throws {
        #expect(try climate(divergence: 2.15e-3, change: 9.1e-4).isSettled)
        let divergent = try climate(divergence: 2e-3)
        #expect(!divergent.isSettled)
        #expect(divergent.text == "after 3 steps DIVFrms is 0.00215, beyond the tolerance of 0.002")
        #expect(divergent.outputs["climate_divf_rms"] == 2.15e-3)
        let drifting = try climate(change: 9e-4)
        #expect(
            drifting.text
                == "after 3 steps the surface moves by 0.000909 K a step, beyond the tolerance of 0.0009 K a step")
    }

    @Test(
        "an incomplete climate gives no verdict",
        arguments: [
            (Samples.climate(steps: 2), "", "clima_allout.tab ends with step 2 of 3"),
            (Samples.climate(lastTemperature: "NaN"), "", "clima_allout.tab contains NaN or infinite values"),
            (Samples.climate(lastTemperature: "**********"), "", "clima_allout.tab contains NaN or infinite values"),
            (
                Samples.climate(rows: 100), "",
                "clima_allout.tab has no complete temperature table after the last step, to row 101 at altitude 0"
            ),
            (Samples.climate(), "Backtrace for this error:\n", "its log contains 'Backtrace for this error'"),
            ("", "", "clima_allout.tab has no readable line 'NST= …'"),
        ])
    func incompleteClimate_hasNoVerdict(_ report: String, _ log: String, _ reason: String) {
        #expect(throws: VPLAtmosOutputError(description: reason)) { try climate(report, log: log) }
    }
}

extension String {
    /// The part before the first occurrence of a text.
    fileprivate func components(before text: String) -> String {
        firstRange(of: text).map { String(self[..<$0.lowerBound]) } ?? self
    }
}

@Suite("Fortran's numbers")
struct FortranNumberTests {
    private func value(_ text: String) -> Double? { FortranNumber.value(Array(text.utf8)[...]) }

    @Test(
        "every format of Fortran is read",
        arguments: [
            ("1.23E-02", 1.23e-2), ("-1.35E+03", -1.35e3), ("9.831E-001", 0.9831), ("1.d4", 1e4), (".5", 0.5),
            ("5.", 5),
            ("-.5", -0.5), ("+2", 2), ("400", 400), ("5.36-102", 5.36e-102), ("1.69-230", 1.69e-230),
            ("7.2+101", 7.2e101),
            ("0.485588E-05", 0.485588e-5), ("1.D-3", 1e-3),
        ])
    func allFormats_areRead(_ text: String, _ number: Double) {
        #expect(value(text) == number)
    }

    @Test("NaN and infinity are read, other text is not a number")
    func otherText_isNotANumber() {
        #expect(value("NaN")?.isNaN == true)
        #expect(value("-Infinity") == -.infinity)
        for text in [
            "", "-", ".", "****", "1.2.3", "1.0E", "1.0E+", "1.0E+0x", "5-102", "5.36-10", "1,5", "nano", "E5",
        ] {
            #expect(value(text) == nil, "'\(text)'")
        }
    }

    @Test("a mixing ratio is written with four digits, rounded from its decimal text")
    func mixingRatio_hasFourDigits() {
        let expected = [
            (0.0123, "1.230E-02"), (0.21, "2.100E-01"), (1.63e-6, "1.630E-06"), (0.7772982887, "7.773E-01"),
            (1, "1.000E+00"), (0.99996, "1.000E+00"), (1e-24, "1.000E-24"), (0.12345, "1.235E-01"), (5e-5, "5.000E-05"),
        ]
        for (number, text) in expected { #expect(ScientificNotation.text(number) == text) }
    }
}
