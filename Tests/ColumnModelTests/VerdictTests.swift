internal import TestSupport
internal import Testing

@Suite("The column model's verdicts")
struct VerdictTests {
    @Test("too much sunlight is a runaway greenhouse, with its numbers in the message")
    func strongSunlight_isRunaway() async throws {
        let run = try await ColumnRun("insolation=1.3")
        #expect(run.result.verdict == "unstable")
        #expect(run.result.message.hasPrefix("runaway: no equilibrium below 370 K"))
        #expect(run.result.message.contains("W/m2"))
        #expect(try run.output("energy_residual") > 0)
        #expect(run.result.outputs["surface_temperature"] == .some(nil))
    }

    @Test("a thick CO2 atmosphere far from its star collapses")
    func distantCO2Atmosphere_collapses() async throws {
        let run = try await ColumnRun("insolation=0.3 CO2=0.9 O2=0")
        #expect(run.result.verdict == "unstable")
        #expect(run.result.message.hasPrefix("co2_collapse"))
        #expect(run.result.message.contains("9.00E+00 bar"))
        #expect(try run.output("energy_residual") < 0)
    }

    @Test(
        "any other point is stable, also a cold one",
        arguments: ["", "insolation=0.5 CO2=1e-5", "insolation=0.2", "insolation=0.35 CO2=0.5 O2=0", "insolation=1.1"])
    func otherPoints_areStable(point: String) async throws {
        #expect(try await ColumnRun(point).isStable)
    }

    @Test("the runaway edge is between 1.05 and 1.3 of Earth's insolation")
    func runawayEdge_isInRange() async throws {
        #expect((1.05...1.3).contains(try await edge(of: "", from: 1, to: 1.4)))
    }

    @Test("the collapse edge at high CO2 is between 0.3 and 0.45", arguments: [0.75, 0.8, 0.9])
    func collapseEdge_isInRange(carbon: Double) async throws {
        #expect((0.3...0.45).contains(try await edge(of: "CO2=\(carbon) O2=0", from: 0.2, to: 0.6)))
    }

    @Test("a low iteration limit has a separate verdict")
    func lowIterationLimit_isNoConvergence() async throws {
        let run = try await ColumnRun("", settings: "iteration_limit=5", chemistry: withoutChemistry)
        #expect(run.result.verdict == "unstable")
        #expect(run.result.message.hasPrefix("no_convergence"))
        #expect(run.result.iterations == 5)
    }

    @Test("a flux beyond the point's bounds is infeasible, and one within them is not")
    func fluxBeyondBounds_isInfeasible() async throws {
        let short = try await ColumnRun("CH4=1e-3 CH4_flux_maximum=1000")
        #expect(!short.isStable)
        #expect(short.result.message.hasPrefix("flux_infeasible: to hold CH4 takes a flux of"))
        #expect(try short.output("reason") == 4)
        #expect(try short.output("ch4_flux") > 1000)
        #expect(try await ColumnRun("CH4=1e-3 CH4_flux_maximum=1e5").isStable)
        #expect(try await ColumnRun("O2_flux_minimum=1e4").output("reason") == 4)
    }

    @Test("oxygen whose flux falls as it rises is unstable if the point asks for that")
    func fallingFlux_isRedoxUnstable() async throws {
        let asked = try await ColumnRun("O2=1e-3 CH4=1e-4 O2_slope_minimum=0")
        #expect(asked.result.message.hasPrefix("redox_unstable: the flux that holds O2"))
        #expect(try asked.output("reason") == 3)
        #expect(try asked.output("o2_flux_slope") < 0)
        #expect(try asked.output("ch4_flux_slope") > 0)
        #expect(try await ColumnRun("O2=1e-3 CH4=1e-4").isStable)
        #expect(try await ColumnRun("O2=1e-7 CH4=1e-4 O2_slope_minimum=0").isStable)
    }

    @Test("a chemistry with a low step limit does not converge")
    func lowStepLimit_isNoConvergence() async throws {
        let run = try await ColumnRun("", chemistry: "step_limit=5")
        #expect(run.result.message.hasPrefix("no_convergence: the chemistry"))
        #expect(try run.output("reason") == 5)
    }

    @Test("a planet without a star has a verdict, too")
    func darkPlanet_hasVerdict() async throws {
        #expect(try await ColumnRun("insolation=0", build: .checked).result.message.hasPrefix("co2_collapse"))
        #expect(try await ColumnRun("insolation=0 CO2=0").result.message.hasPrefix("frozen_out"))
    }
}

@Suite("The column model and published numbers")
struct ValidationTests {
    @Test("the quick validation has no unexplained miss, and draws its table")
    func quickValidation_passes() async throws {
        let folder = try TemporaryFolder()
        let model = try await ColumnModelProgram.built(.optimised)
        let outcome = try await ColumnModelProgram.validate(
            ["--quick", "--model", model.path, "--plot", "v.svg"], in: folder)
        #expect(outcome.status == 0, "\(outcome.log)\(outcome.errors)")
        #expect(outcome.log.contains("today's Earth"))
        #expect(!outcome.log.contains("MISS"))
        #expect(try folder.text("v.svg").hasSuffix("</svg>\n"))
    }

    @Test(
        "a missing model and an unknown argument are refused",
        arguments: [["--model", "/nowhere"], ["--x"]])
    func invalidArguments_areRefused(arguments: [String]) async throws {
        let outcome = try await ColumnModelProgram.validate(arguments, in: TemporaryFolder())
        #expect(outcome.status != 0)
        #expect(outcome.errors.hasPrefix("validate-model: "))
    }
}
