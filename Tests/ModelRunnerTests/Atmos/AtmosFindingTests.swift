import Testing

@testable import ModelRunner

@Suite("What Atmos's programs came to")
struct AtmosFindingTests {
    private typealias Samples = AtmosOutputSamples

    private func photochemistry(
        _ report: String = Samples.report(), log: String = Samples.photochemistryLog, profile: String = Samples.profile
    ) throws -> PhotochemistryFinding {
        try PhotochemistryFinding(report: report.bytes, log: log.bytes, profile: profile.bytes)
    }

    private func climate(
        _ report: String = Samples.climate(), log: String = "", divergence: Double? = nil, change: Double? = nil
    ) throws -> ClimateFinding {
        try ClimateFinding(
            report: report.bytes, log: log.bytes,
            configuration: AtmosConfiguration(
                climateSteps: 3, divergenceTolerance: divergence, surfaceChangeTolerance: change))
    }

    @Test("A photochemistry that reached its time converged, with the numbers of its surface")
    func converged() throws {
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

    @Test("One that completed earlier, or with NaN, did not")
    func nonconverged() throws {
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

    @Test("One whose files do not tell gives no verdict")
    func unknown() {
        func reason(_ run: () throws -> PhotochemistryFinding) -> String {
            do { return try run().text } catch { return "\(error)" }
        }
        #expect(
            reason { try photochemistry(log: " PhotoMain run comp") } == "its log has no line 'PhotoMain run completed'"
        )
        #expect(
            reason { try photochemistry("nothing\n") }
                == "out.out has no line 'N = … EMAX = … TIME = …' that can be read")
        let cut = Samples.report().components(before: "     Z        N ")
        #expect(reason { try photochemistry(cut) } == "out.out has no whole table of the fluxes of long-lived species")
        #expect(
            reason { try photochemistry(profile: "    PRESS     TEMP      ALT       O2\n   9.831E-001  2.884E+002\n") }
                == "PTZ_mixingratios_out.dist has no line of names and a row of numbers for them")
    }

    @Test("A climate at its last step is settled, with the surface of the last table")
    func settled() throws {
        let finding = try climate()
        #expect(finding.isSettled)
        #expect(
            finding.outputs == [
                "surface_temperature": 287.43, "surface_pressure": 1.0301, "climate_steps": 3,
                "climate_divf_rms": 2.15e-3,
                "climate_dt_nd": -1.09e-3,
            ])
    }

    @Test("A residual beyond the exploration's tolerance is not settled, and is given all the same")
    func tolerances() throws {
        #expect(try climate(divergence: 2.15e-3, change: 1.09e-3).isSettled)
        let divergent = try climate(divergence: 2e-3)
        #expect(!divergent.isSettled)
        #expect(divergent.text == "after 3 steps DIVFrms is 0.00215, beyond the tolerance of 0.002")
        #expect(divergent.outputs["climate_divf_rms"] == 2.15e-3)
        let drifting = try climate(change: 1e-3)
        #expect(drifting.text == "after 3 steps DT(ND) is -0.00109, beyond the tolerance of 0.001")
    }

    @Test(
        "A climate that did not come to its end gives no verdict",
        arguments: [
            (Samples.climate(steps: 2), "", "clima_allout.tab ends with step 2 of 3"),
            (Samples.climate(lastTemperature: "NaN"), "", "clima_allout.tab has numbers that are none"),
            (Samples.climate(lastTemperature: "**********"), "", "clima_allout.tab has numbers that are none"),
            (
                Samples.climate(rows: 100), "",
                "clima_allout.tab has no temperature table after the last step that is whole, to row 101 at altitude 0"
            ),
            (Samples.climate(), "Backtrace for this error:\n", "its log has 'Backtrace for this error'"),
            ("", "", "clima_allout.tab has no line 'NST= …' that can be read"),
        ])
    func incomplete(_ report: String, _ log: String, _ reason: String) {
        #expect(throws: AtmosProblem(description: reason)) { try climate(report, log: log) }
    }
}

extension String {
    /// What stands before the first place of a text.
    fileprivate func components(before text: String) -> String {
        firstRange(of: text).map { String(self[..<$0.lowerBound]) } ?? self
    }
}
