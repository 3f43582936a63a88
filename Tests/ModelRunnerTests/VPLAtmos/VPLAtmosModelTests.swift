import Glibc
import Support
import Synchronization
import SystemPackage
import Testing

@testable import ModelRunner

@Suite("Atmos, with substitutes for its programs")
struct VPLAtmosModelTests {
    @Test("a stable point has all outputs, a message with its case, and compressed artifacts")
    func stablePoint_hasAllOutputs() async throws {
        let atmos = try VPLAtmosFixture()
        let directory = try atmos.fixture.runDirectory()
        let result = try await atmos.run(VPLAtmosFixture.model(), directory: directory).get()
        #expect(result.verdict == .stable)
        #expect(result.message.hasPrefix("converged: photochemistry at TIME "))
        #expect(result.message.hasSuffix("; started from the package's files"))
        #expect(result.iterations == 40)
        #expect(result.outputs["surface_temperature"] == 288.25)
        #expect(result.outputs["climate_steps"] == 5)
        #expect(result.outputs["co2_mixing_ratio"] == 4e-4)
        #expect(result.outputs["ch4_mixing_ratio"] == 1.63e-6)
        #expect(result.outputs["o2_flux"] == 2e9)
        let names = Set(VPLAtmosModel.outputs().map(\.name))
        #expect(Set(result.outputs.keys) == names)
        #expect(VPLAtmosFixture.names(of: result) == VPLAtmosModel.artifacts)
        let log = try GzipFile.decompress(directory.appending("photo.log.gz"), limit: 1 << 20)
        #expect(String(decoding: log, as: UTF8.self).contains("PhotoMain run completed"))
    }

    @Test("a run has private copies of the input files and links to the data, and does not change the package")
    func run_doesNotChangePackage() async throws {
        let atmos = try VPLAtmosFixture()
        let directory = try atmos.fixture.runDirectory()
        let input = VPLAtmosFixture.point([("CO2", "0.01"), ("CH4", "0.0002")])
        let result = try await atmos.run(VPLAtmosFixture.model(), input, directory: directory).get()
        let species = try atmos.text("PHOTOCHEM/INPUTFILES/species.dat", in: directory)
        #expect(species.contains("CO2        LL  2 0 1 0 0 0    1     5.0E-05 1.000E-02    6.875E+08 14. "))
        #expect(species.contains("N2         IN  0 0 0 0 2 0    7.773E-01     !must be last IN"))
        let settings = try atmos.text("CLIMA/IO/input_clima.dat", in: directory)
        #expect(settings.contains("NSTEPS=    5             !step number\nIMW=       2\nIUP=       0\n"))
        #expect(settings.contains("\nIMET=      1\n"))
        #expect(result.outputs["surface_temperature"] == 290.5)
        #expect(try atmos.text("PHOTOCHEM/INPUTFILES/PLANET.dat", in: directory).hasSuffix("edited by a run\n"))
        #expect(!(try atmos.text("PHOTOCHEM/INPUTFILES/PLANET.dat", in: VPLAtmosFixture.package).contains("edited")))
        for data in VPLAtmosPackage.dataFolders {
            let status = try #require(SmallFile.status(of: directory.pushing(FilePath(data))))
            #expect(status.st_mode & S_IFMT == S_IFLNK)
        }
    }

    @Test("IMET is written for every run, so that no run depends on another")
    func methane_setsIMET() async throws {
        let atmos = try VPLAtmosFixture()
        for (methane, flag) in [("0.0002", 1), ("0.0001", 0), ("1.63e-6", 0), ("0.00010001", 1)] {
            let directory = try atmos.fixture.runDirectory()
            _ = try await atmos.run(
                VPLAtmosFixture.model(), VPLAtmosFixture.point([("CH4", methane)]), directory: directory
            )
            .get()
            #expect(
                try atmos.text("CLIMA/IO/input_clima.dat", in: directory).contains("\nIMET=      \(flag)\n"),
                "CH4 \(methane)")
        }
    }

    @Test("IMET follows the methane that the photochemistry finds, if the template holds it by its flux")
    func methaneFlux_setsIMET() async throws {
        let atmos = try VPLAtmosFixture()
        let directory = try atmos.fixture.runDirectory()
        let result = try await atmos.run(
            VPLAtmosFixture.model(), VPLAtmosFixture.input([("CO2", "0.0004")]), directory: directory
        ).get()
        #expect(result.outputs["ch4_mixing_ratio"] == 1.6e-4)
        #expect(try atmos.text("CLIMA/IO/input_clima.dat", in: directory).contains("\nIMET=      1\n"))
    }

    @Test("the sum of the mixing ratios includes those that the template holds fixed")
    func heldSpecies_count() async throws {
        let atmos = try VPLAtmosFixture()
        let failure = try await atmos.run(
            VPLAtmosFixture.model(), VPLAtmosFixture.input([("CO2", "0.9"), ("N2", "0.1")])
        ).failure
        #expect(
            failure?.message
                == "input_error: the sum of the mixing ratios is 1.21, above 1; it includes those that the template holds "
                + "fixed: O2 0.21")
    }

    @Test("fluxes, deposition velocities, planet and star of a point reach Atmos's files")
    func boundariesAndPlanet_areWritten() async throws {
        let atmos = try VPLAtmosFixture()
        let directory = try atmos.fixture.runDirectory()
        let values = [
            ("CO2", "0.01"), ("CH4_surface_flux", "9.0e10"), ("H2_deposition_velocity", "0.0005"), ("gravity", "373"),
            ("solar_constant", "0.43"), ("pressure", "0.0063"), ("star", "76"), ("climate_albedo", "0.2"),
        ]
        var configuration = VPLAtmosConfiguration(climateSteps: 5)
        configuration.species = ["N", "CO"]
        let result = try await atmos.run(
            VPLAtmosFixture.model(configuration), VPLAtmosFixture.input(values), directory: directory
        ).get()
        let species = try atmos.text("PHOTOCHEM/INPUTFILES/species.dat", in: directory)
        #expect(species.contains("CH4        LL  0 4 1 0 0 0    2     0.      1.6E-06 9.000E+10 0. "))
        #expect(species.contains("H2         LL  0 2 0 0 0 0    0     5.000E-04 5.3E-07 0. "))
        let planet = try atmos.text("PHOTOCHEM/INPUTFILES/PLANET.dat", in: directory)
        #expect(planet.hasPrefix("373.0    = G"))
        #expect(planet.contains("\n0.43     = FSCALE"))
        #expect(planet.contains("\n0.0063   = P0"))
        #expect(planet.contains("\n76       = pstar"))
        #expect(try atmos.text("CLIMA/IO/input_clima.dat", in: directory).contains("\nSRFALB=    0.2 "))
        #expect(result.outputs["ch4_mixing_ratio"] == 9e-5)
        #expect(result.outputs["n_mixing_ratio"] == 1e-30)
        #expect(result.outputs["ozone_column"] == 5.761e18)
        #expect(result.outputs["planetary_albedo"] == 0.2591)
    }

    @Test("a neighbour starts from its parent's files, or from the package's if the parent left only one")
    func parentFiles_startWarm() async throws {
        let atmos = try VPLAtmosFixture()
        let parent = try atmos.fixture.runDirectory()
        _ = try await atmos.run(VPLAtmosFixture.model(), directory: parent).get()
        let kept = try atmos.fixture.runDirectory()
        for name in VPLAtmosModel.warmStartFiles {
            try FolderContents.copy(parent.appending(name), to: kept.appending(name))
        }
        let directory = try atmos.fixture.runDirectory()
        let result = try await atmos.run(VPLAtmosFixture.model(), parent: kept, directory: directory).get()
        #expect(result.message.hasSuffix("; started from the parent's files"))
        #expect(try atmos.text("PHOTOCHEM/in.dist", in: directory).hasSuffix("left by a run\n"))
        #expect(try atmos.text("CLIMA/IO/TempIn.dat", in: directory).hasSuffix("left by a run\n"))

        unlink(kept.appending(VPLAtmosModel.warmStartFiles[1]).string)
        let cold = try atmos.fixture.runDirectory()
        let second = try await atmos.run(VPLAtmosFixture.model(), parent: kept, directory: cold).get()
        #expect(second.message.hasSuffix("; started from the package's files"))
        #expect(try atmos.text("PHOTOCHEM/in.dist", in: cold).hasSuffix("the package's own start\n"))

        let damaged = try atmos.fixture.runDirectory()
        for name in VPLAtmosModel.warmStartFiles { try SmallFile.write("no gzip file", to: damaged.appending(name)) }
        let failure = try #require(try await atmos.run(VPLAtmosFixture.model(), parent: damaged).failure)
        #expect(failure.kind == .spawn)
        #expect(failure.message.hasPrefix("input_error: the parent's "))
    }

    @Test(
        "a photochemistry that completes too early, or turns to NaN, is unstable",
        arguments: [("short", "it completed at TIME "), ("nan", "EMAX is NaN after ")])
    func unconvergedPhotochemistry_isUnstable(_ behaviour: String, _ text: String) async throws {
        let atmos = try VPLAtmosFixture()
        let result = try await atmos.run(VPLAtmosFixture.model(photo: behaviour)).get()
        #expect(result.verdict == .unstable)
        #expect(result.message.hasPrefix("photochemistry_nonconverged: \(text)"))
        #expect(result.outputs["surface_temperature"] == nil)
        #expect(result.outputs["photochemistry_iterations"] ?? 0 >= 1)
        #expect(!VPLAtmosFixture.names(of: result).contains("clima.log.gz"))
    }

    @Test("a climate beyond the exploration's tolerance is unstable, with its residuals")
    func unsettledClimate_isUnstable() async throws {
        let atmos = try VPLAtmosFixture()
        let configuration = VPLAtmosConfiguration(climateSteps: 5, maxClimateSteps: 5, divergenceTolerance: 1e-3)
        let result = try await atmos.run(VPLAtmosFixture.model(configuration)).get()
        #expect(result.verdict == .unstable)
        #expect(result.message.hasPrefix("climate_unsettled: after 5 steps DIVFrms is 0.00215"))
        #expect(result.outputs["climate_divf_rms"] == 2.15e-3)
    }

    @Test("a climate that is not settled is continued until it is, and its steps count together")
    func unsettledClimate_isContinued() async throws {
        let atmos = try VPLAtmosFixture()
        let directory = try atmos.fixture.runDirectory()
        let reports = Mutex<[ModelProgress]>([])
        let result = try await atmos.run(VPLAtmosFixture.model(climate: "warming"), directory: directory) { progress in
            reports.withLock { $0.append(progress) }
        }.get()
        #expect(result.verdict == .stable)
        #expect(result.message.contains(", climate after 15 steps: the surface moves by 0.000672 K a step"))
        #expect(result.outputs["climate_steps"] == 15)
        // Each run continued from the one before it.
        #expect(try atmos.text("CLIMA/IO/TempIn.dat", in: directory).split(separator: "\n").count == 2)
        let stages = reports.withLock { $0.flatMap(\.stages).filter { $0.name == "CLIMA" } }
        #expect(stages.allSatisfy { ($0.done - 1) / 5 * 5 + 5 == $0.total })
    }

    @Test("a climate that never settles is unstable after the largest number of steps, and says so")
    func restlessClimate_isUnstable() async throws {
        let atmos = try VPLAtmosFixture()
        let configuration = VPLAtmosConfiguration(climateSteps: 5, maxClimateSteps: 12)
        let result = try await atmos.run(VPLAtmosFixture.model(climate: "restless", configuration)).get()
        #expect(result.verdict == .unstable)
        #expect(
            result.message.hasPrefix(
                "climate_unsettled: after 10 steps the surface moves by 0.043 K a step, beyond the tolerance of 0.001 ")
        )
        #expect(VPLAtmosFixture.names(of: result) == VPLAtmosModel.artifacts)
    }

    @Test("coupled passes run both programs in turn until they agree, each from the end of the one before it")
    func coupledPasses_comeToAgree() async throws {
        let atmos = try VPLAtmosFixture()
        let directory = try atmos.fixture.runDirectory()
        let configuration = VPLAtmosConfiguration(climateSteps: 5, coupling: .init(passes: 6))
        let reports = Mutex<[ModelProgress]>([])
        let result = try await atmos.run(
            VPLAtmosFixture.model(climate: "coupled", configuration), directory: directory
        ) { progress in reports.withLock { $0.append(progress) } }.get()
        #expect(result.verdict == .stable)
        #expect(result.message.contains(", 4 passes that agree: the surface temperature changes by 0.03 K, and "))
        #expect(result.outputs["coupling_passes"] == 4)
        #expect(try atmos.text("PHOTOCHEM/INPUTFILES/input_photchem.dat", in: directory).contains("\nICOUPLE=   1\n"))
        #expect(try atmos.text("PHOTOCHEM/in.dist", in: directory).hasSuffix("left by a run\n"))
        #expect(VPLAtmosFixture.names(of: result) == VPLAtmosModel.artifacts)
        #expect(reports.withLock { $0 }.allSatisfy { $0.description.contains(#/^pass [1-4]\/6, /#) })
    }

    @Test("coupled passes that never agree are unstable, with their change")
    func uncoupledPasses_areUnstable() async throws {
        let configuration = VPLAtmosConfiguration(climateSteps: 5, coupling: .init(passes: 3))
        let result = try await VPLAtmosFixture().run(
            VPLAtmosFixture.model(climate: "uncoupled", configuration)
        ).get()
        #expect(result.verdict == .unstable)
        #expect(
            result.message.hasPrefix(
                "coupling_unsettled: after 3 passes, the surface temperature changes by 1.0 K, and "))
        #expect(result.message.contains(", beyond the tolerance of 0.1 K and 1.0 %; "))
    }

    @Test(
        "any other end of the photochemistry is a failure with its reason",
        arguments: [
            ("crash", ModelFailure.Kind.exit(2), "PHOTOCHEM exited with status 2; its log ends with: Program received"),
            ("kill", .signal(11), "PHOTOCHEM was ended by SIGSEGV"),
            (
                "runtime-error", .exit(2),
                "PHOTOCHEM exited with status 2; its log says: Fortran runtime error: End of file"
            ),
            ("silent", .resultInvalid, "PHOTOCHEM exited with status 0, but its log has no line"),
            ("garbled", .resultInvalid, "PHOTOCHEM exited with status 0, but out.out has no complete table"),
            (
                "no-report", .resultInvalid,
                "PHOTOCHEM exited with status 0, but PHOTOCHEM/OUTPUT/out.out does not exist"
            ),
        ])
    func photochemistryErrors_areFailures(_ behaviour: String, _ kind: ModelFailure.Kind, _ text: String) async throws {
        let failure = try #require(try await VPLAtmosFixture().run(VPLAtmosFixture.model(photo: behaviour)).failure)
        #expect(failure.kind == kind)
        #expect(failure.message.hasPrefix("photochemistry_error: \(text)"), "\(failure.message)")
        #expect(!failure.logTail.isEmpty)
    }

    @Test(
        "any other end of the climate is a failure with its reason",
        arguments: [
            ("crash", ModelFailure.Kind.exit(139), "CLIMA exited with status 139"),
            (
                "cut", .resultInvalid,
                "CLIMA exited with status 0, but CLIMA/IO/TempOut.dat, which neighbours start from"
            ),
            ("half", .resultInvalid, "CLIMA exited with status 0, but CLIMA/IO/TempOut.dat"),
            ("garbled", .resultInvalid, "CLIMA exited with status 0, but CLIMA/IO/TempOut.dat"),
            ("nan", .resultInvalid, "CLIMA exited with status 0, but clima_allout.tab contains NaN or infinite values"),
            (
                "backtrace", .resultInvalid,
                "CLIMA exited with status 0, but its log contains 'Backtrace for this error'"
            ),
            ("no-start", .resultInvalid, "CLIMA exited with status 0, but CLIMA/IO/TempOut.dat"),
        ])
    func climateErrors_areFailures(_ behaviour: String, _ kind: ModelFailure.Kind, _ text: String) async throws {
        let atmos = try VPLAtmosFixture()
        let directory = try atmos.fixture.runDirectory()
        let failure = try #require(
            try await atmos.run(VPLAtmosFixture.model(climate: behaviour), directory: directory).failure)
        #expect(failure.kind == kind)
        #expect(failure.message.hasPrefix("climate_error: \(text)"), "\(failure.message)")
        // The files of a failed run can be kept as well.
        #expect(SmallFile.hasContent(directory.appending("out.out.gz")))
    }

    @Test(
        "a run that is ended by a time limit is a timeout, never unstable",
        arguments: [
            ("hang", "converge", VPLAtmosConfiguration.ProgramLimits(wallTime: .milliseconds(300)), "photochemistry"),
            ("spin", "converge", .init(cpuTime: .milliseconds(300)), "photochemistry"),
            ("converge", "hang", .init(wallTime: .milliseconds(300)), "climate"),
        ])
    func timeLimit_isTimeout(
        _ photo: String, _ climate: String, _ own: VPLAtmosConfiguration.ProgramLimits, _ program: String
    ) async throws {
        let chemistry = program == "photochemistry"
        let configuration = VPLAtmosConfiguration(
            photochemistry: chemistry ? own : .init(), climate: chemistry ? .init() : own, climateSteps: 5)
        let model = try VPLAtmosFixture.model(photo: photo, climate: climate, configuration)
        let failure = try #require(try await VPLAtmosFixture().run(model).failure)
        #expect(failure.kind == .timeout)
        let name = chemistry ? "PHOTOCHEM" : "CLIMA"
        let kind = own.wallTime == nil ? "processor" : "wall"
        #expect(
            failure.message.hasPrefix("\(program)_timeout: \(name) was ended at its \(kind)-time limit of 300 ms; "),
            "\(failure.message)")
    }

    @Test("the time limit of the run applies to both programs together")
    func runLimit_appliesToBothPrograms() async throws {
        let limits = RunLimits(wallTime: .milliseconds(1500))
        let failure = try #require(
            try await VPLAtmosFixture().run(VPLAtmosFixture.model(climate: "hang"), limits: limits).failure)
        #expect(failure.kind == .timeout)
        // As it was set, not what was left of it: the messages of several points are counted together.
        #expect(failure.message.hasPrefix("climate_timeout: CLIMA was ended at the run's wall-time limit of 1.5 s; "))
    }

    @Test(
        "a point that Atmos does not support is refused before anything runs",
        arguments: [
            (("XE", "1e-6"), "unknown species 'XE' in Atmos's species.dat"),
            (("O2", "0"), "invalid mixing ratio '0' of O2: expected a number above 0"),
            (("O2", "-0.01"), "invalid mixing ratio '-0.01' of O2: expected a number above 0"),
            (("CO2", "0.5"), "the sum of the mixing ratios is 1.4872999187, above 1"),
        ])
    func unsupportedPoint_isRefused(_ change: (String, String), _ reason: String) async throws {
        let atmos = try VPLAtmosFixture()
        let directory = try atmos.fixture.runDirectory()
        let failure = try #require(
            try await atmos.run(VPLAtmosFixture.model(), VPLAtmosFixture.point([change]), directory: directory).failure)
        #expect(failure.kind == .spawn)
        #expect(failure.message == "input_error: \(reason)")
        #expect(SmallFile.status(of: directory.appending("photo.log")) == nil)
    }

    @Test("progress is reported while the programs run: PHOTOCHEM 40, CLIMA 12/30")
    func runningPrograms_reportProgress() async throws {
        let model = try VPLAtmosFixture.model(photo: "slow", climate: "slow", VPLAtmosConfiguration(climateSteps: 30))
        let reports = Mutex<[ModelProgress]>([])
        _ = try await VPLAtmosFixture().run(model) { progress in reports.withLock { $0.append(progress) } }.get()
        let progress = reports.withLock { $0 }
        let first = try #require(progress.first?.stages.first)
        #expect(first.name == "PHOTOCHEM")
        #expect((1...40).contains(first.done))
        #expect(first.total == nil)
        let last = try #require(progress.last)
        #expect(last.stages.map(\.name) == ["PHOTOCHEM", "CLIMA"])
        #expect(last.stages.last?.total == 30)
        #expect(last.description == "PHOTOCHEM \(last.stages[0].done), CLIMA \(last.stages[1].done)/30")
    }

    @Test("a cancelled run ends its program and throws only CancellationError")
    func cancelledRun_endsProgram() async throws {
        let atmos = try VPLAtmosFixture()
        let directory = try atmos.fixture.runDirectory()
        let model = try VPLAtmosFixture.model(photo: "hang")
        let (events, began) = AsyncStream.makeStream(of: Void.self)
        let run = Task {
            try await model.run(
                VPLAtmosFixture.point(), limits: RunLimits(wallTime: .seconds(60)), parent: nil, directory: directory
            ) { _ in began.yield() }
        }
        for await _ in events { break }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
    }

    @Test("an incomplete package is refused with all missing files")
    func incompletePackage_isRefused() throws {
        let fixture = try ModelFixture()
        #expect(throws: ModelFailure.self) {
            try VPLAtmosModel(VPLAtmosConfiguration(package: fixture.folder.string))
        }
        for program in ["Photo.run", "Clima.run"] { try fixture.write("#!/bin/sh\n", to: program, mode: 0o755) }
        let failure = #expect(throws: ModelFailure.self) {
            try VPLAtmosModel(VPLAtmosConfiguration(package: fixture.folder.string))
        }
        #expect(failure?.kind == .notFound)
        #expect(
            failure?.message.contains("lacks PHOTOCHEM/INPUTFILES/species.dat, PHOTOCHEM/INPUTFILES/PLANET.dat") == true
        )
        #expect(failure?.message.hasSuffix("CLIMA/IO/mixing_ratios.dat, PHOTOCHEM/DATA, CLIMA/DATA") == true)
    }
}
