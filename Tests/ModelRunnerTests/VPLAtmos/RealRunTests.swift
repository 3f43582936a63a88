import FoundationEssentials
import SystemPackage
import Testing

@testable import ModelRunner

/// The files of real runs of Atmos are read as their known numbers.
///
/// `ATMOS_RUNS` names a folder of such runs: one folder each, with Atmos's files and the known numbers in `result.json`. By
/// default it is `shared/atmos-runs` next to the checkout. Atmos's files are not part of the project.
@Suite(
    "Real runs of Atmos",
    .enabled(
        if: RealRun.folder != nil, "no folder of runs of Atmos, neither at ATMOS_RUNS nor next to the checkout"
    ))
struct RealRunTests {
    @Test("the numbers of every run are the known ones", arguments: RealRun.all)
    func numbers_areRead(_ run: RealRun) throws {
        let known = try run.known()
        let output = PhotochemistryOutput(try run.bytes("out.out"))
        #expect(output.lastStep?.iteration == known.photo_iters)
        #expect(output.lastStep?.time == known.photo_time.flatMap(Double.init))
        let emax = output.lastStep?.emax
        #expect(known.photo_emax == "NaN" ? emax?.isNaN == true : emax == known.photo_emax.flatMap(Double.init))
        if let surface = known.photo_surface {
            let profile = try #require(MixingRatioProfile(try run.bytes("PTZ_mixingratios_out.dist")))
            for (species, mixingRatio) in surface { #expect(profile.surface[species] == mixingRatio) }
            #expect(output.ozoneColumn ?? 0 > 1e17)
            #expect(output.redoxImbalance != nil)
            let fluxes = try #require(output.surfaceFluxes)
            for species in ["H2O", "CO2", "CH4", "CO", "NH3", "O3"] {
                #expect(fluxes[species]?.isFinite == true, "\(species)")
            }
        }
        guard known.clima_steps != nil else { return }
        let climate = ClimateOutput(try run.bytes("clima_allout.tab"))
        #expect(climate.lastStep?.number == known.clima_steps)
        #expect(climate.lastStep?.divergence == known.clima_divfrms.flatMap(Double.init))
        #expect(climate.lastStep?.surfaceChange == known.clima_dT.flatMap(Double.init))
        #expect(climate.lastStep?.surfaceTemperature == known.clima_Tsurf.flatMap(Double.init))
        #expect((0.1...0.4).contains(climate.planetaryAlbedo ?? 0))
        #expect(climate.surface?.pressure == known.final_table_surface_P_ALT_T?[0])
        #expect(climate.surface?.temperature == known.final_table_surface_P_ALT_T?[2])
    }

    @Test("the verdict of every run is the known one", arguments: RealRun.all)
    func verdicts_areFound(_ run: RealRun) throws {
        let known = try run.known()
        let photochemistry = try? PhotochemistryFinding(
            report: run.bytes("out.out"), log: run.bytes("photo.log"), profile: run.bytes("PTZ_mixingratios_out.dist"))
        #expect(photochemistry?.isConverged == (known.status == "photochem_error" ? nil : true))
        let climate = try? ClimateFinding(
            report: run.bytes("clima_allout.tab"), log: run.bytes("clima.log"), configuration: VPLAtmosConfiguration())
        // With 0.5 % methane the surface cools by 0.007 K in each of the last steps.
        #expect(climate?.isSettled == (known.status == "success" ? known.params["CH4"]! < 1e-3 : nil))
    }

    @Test("the cause of a crash is the error of the Fortran runtime, not the last address of its backtrace")
    func crash_hasCause() throws {
        let run = try #require(RealRun.all.first { $0.path.lastComponent?.string == "crash_negative" })
        let log = try FileDescriptor.open(run.path.appending("photo.log"), .readOnly)
        defer { try? log.close() }
        #expect(
            LogTail(of: log).cause == "its log says: Fortran runtime error: Bad real number in item 11 of list input")
    }

    @Test("writing a run's composition into its species file changes nothing", arguments: RealRun.all)
    func species_roundTrip(_ run: RealRun) throws {
        let bytes = try run.bytes("species.dat")
        var file = SpeciesFile(bytes)
        // A number that touches the next one is not a separate field; such points are refused before Atmos runs.
        for (species, mixingRatio) in try run.known().params where mixingRatio > 0 {
            try file.set(species, to: mixingRatio)
        }
        #expect(file.bytes == bytes)
        var settings = ClimateInputFile(try run.bytes("input_clima.dat"))
        try settings.set("NSTEPS", to: 400)
        try settings.set("IUP", to: 0)
        try settings.set("IMET", to: run.known().params["CH4"]! > 1e-4 ? 1 : 0)
        #expect(settings.bytes == (try run.bytes("input_clima.dat")))
    }

    @Test("following a run's files finds its progress, and NaN", arguments: RealRun.all)
    func progress_isFollowed(_ run: RealRun) throws {
        let known = try run.known()
        var photochemistry = VPLAtmosProgramFollower(.photochemistry, in: run.path)
        for _ in 0..<20 { photochemistry.readNewLines() }
        #expect(photochemistry.done >= known.photo_iters ?? 0)
        #expect(photochemistry.hasDiverged == (known.photo_emax == "NaN"))
        var climate = VPLAtmosProgramFollower(.climate, in: run.path)
        for _ in 0..<20 { climate.readNewLines() }
        #expect(climate.done >= known.clima_steps ?? 0)
    }
}

/// A folder with the files of a run of Atmos.
struct RealRun: Sendable, CustomTestStringConvertible {
    /// The known numbers.
    struct Known: Decodable {
        let params: [String: Double]
        let status: String
        let photo_iters: Int?
        let photo_emax: String?
        let photo_time: String?
        let photo_surface: [String: Double]?
        let clima_steps: Int?
        let clima_divfrms: String?
        let clima_dT: String?
        let clima_Tsurf: String?
        let final_table_surface_P_ALT_T: [Double]?
    }

    static let folder: FilePath? = {
        let named = ProcessInfo.processInfo.environment["ATMOS_RUNS"].flatMap { $0.isEmpty ? nil : FilePath($0) }
        // Tests/ModelRunnerTests/VPLAtmos/ in the checkout.
        let checkout = (0..<4).reduce(FilePath(#filePath)) { path, _ in path.removingLastComponent() }
        let neighbour = checkout.removingLastComponent().pushing("shared/atmos-runs")
        return named ?? (FileManager.default.fileExists(atPath: neighbour.string) ? neighbour : nil)
    }()

    static var all: [RealRun] {
        let names = (folder.flatMap { try? FolderContents.names(in: $0) } ?? []).sorted()
        return names.map { RealRun(path: folder!.appending($0)) }.filter {
            SmallFile.hasContent($0.path.appending("result.json"))
        }
    }

    let path: FilePath

    var testDescription: String { path.lastComponent?.string ?? "" }

    func bytes(_ file: String) throws -> [UInt8] {
        try SmallFile.read(path.appending(file), limit: 64 << 20)
    }

    func known() throws -> Known {
        try JSONDecoder().decode(Known.self, from: Data(bytes("result.json")))
    }
}
