import Support
import SystemPackage
import TestSupport
import Testing

@testable import ModelRunner

/// A file that a full disk, a killed program or a bad cable has damaged is read or refused, and a truncated number is never
/// read as a complete one.
@Suite("Damaged files of Atmos")
struct DamagedFileTests {
    private typealias Samples = VPLAtmosOutputSamples

    private static let samples = [
        Samples.report(), Samples.profile, Samples.climate(), Samples.photochemistryLog,
        "O2         LL  2 0 0 0 0 0    0     0.      0.      0.        0.      0\nN2   IN  0 0 0 0 2 0    0.78",
        "NSTEPS=    200           !step number\nIUP=       1\nIMET=      1\n",
    ].map(\.bytes)

    /// Reads the bytes as every kind of file. Reading must not crash, and what is read must be plausible.
    private func readAll(_ bytes: [UInt8], seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation) {
        let report = PhotochemistryOutput(bytes)
        _ = try? PhotochemistryFinding(
            report: bytes, log: Samples.photochemistryLog.bytes, profile: Samples.profile.bytes)
        _ = try? PhotochemistryFinding(report: Samples.report().bytes, log: bytes, profile: bytes)
        _ = PhotochemistryFinding(divergedIn: bytes)
        let profile = MixingRatioProfile(bytes)
        let climate = ClimateOutput(bytes)
        _ = try? ClimateFinding(report: bytes, log: bytes, configuration: VPLAtmosConfiguration(climateSteps: 3))
        var species = SpeciesFile(bytes)
        _ = try? species.set("N2", to: 0.78)
        _ = try? species.set("O2", depositionVelocity: 1, flux: -1)
        var planet = PlanetFile(bytes)
        for quantity in VPLAtmosParameter.Planet.allCases { _ = try? planet.set(quantity, to: 1) }
        // A species that could be set has the value.
        if (try? species.set("O2", to: 0.21)) != nil, !species.isInert("O2") {
            #expect(species.mixingRatio(of: "O2") == 0.21, "seed \(seed)", sourceLocation: sourceLocation)
        }
        var settings = ClimateInputFile(bytes)
        for name in ["NSTEPS", "IUP", "IMET"] { _ = try? settings.set(name, to: 1) }
        #expect(report.lastStep?.iteration ?? 1 > 0, "seed \(seed)", sourceLocation: sourceLocation)
        #expect(climate.lastStep?.number ?? 1 > 0, "seed \(seed)", sourceLocation: sourceLocation)
        let infinite = profile?.surface.filter { !$0.value.isFinite } ?? [:]
        #expect(infinite == [:], "seed \(seed)", sourceLocation: sourceLocation)
    }

    @Test("files with random bytes changed, removed and repeated are read without a crash")
    func garbledFiles_areReadOrRefused() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<100 {
            var bytes = Self.samples.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 1...12, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + 30))
                default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 30)], at: place)
                }
            }
            readAll(bytes, seed: seed)
        }
    }

    @Test("a truncated file gives the complete file's numbers or none")
    func truncatedFile_hasNoOtherNumbers() throws {
        let report = Samples.report().bytes
        let whole = PhotochemistryOutput(report)
        for length in stride(from: 0, through: report.count, by: 3) {
            let cut = PhotochemistryOutput(Array(report[..<length]))
            let times: [Double?] = [nil, 1.57e17, 7.87e17]
            #expect(times.contains(cut.lastStep?.time))
            #expect(cut.surfaceFluxes == nil || cut.surfaceFluxes == whole.surfaceFluxes)
        }
        let climate = Samples.climate().bytes
        let end = ClimateOutput(climate)
        for length in stride(from: 0, through: climate.count, by: 89) {
            let cut = ClimateOutput(Array(climate[..<length]))
            #expect(cut.lastStep?.number != 3 || cut.surface == nil || cut.surface == end.surface)
            if cut.surface != end.surface {
                #expect(
                    (try? ClimateFinding(
                        report: Array(climate[..<length]), log: [],
                        configuration: VPLAtmosConfiguration(climateSteps: 3)))
                        == nil)
            }
        }
        let profile = Samples.profile.bytes
        for length in stride(from: 0, through: profile.count, by: 3) {
            let cut = MixingRatioProfile(Array(profile[..<length]))
            #expect(cut == nil || cut == MixingRatioProfile(profile))
        }
    }

    @Test("a compressed file that is truncated, changed or not gzip is refused")
    func damagedGzip_isRefused() throws {
        let fixture = try ModelFixture()
        let original = Samples.climate()
        let source = try fixture.write(original, to: "a.tab")
        let file = fixture.folder.appending("a.gz")
        try GzipFile.compress(source, to: file)
        #expect(try GzipFile.decompress(file, limit: 1 << 20) == original.bytes)
        #expect(throws: GzipFile.Refusal.self) { try GzipFile.decompress(file, limit: 100) }
        #expect(throws: GzipFile.Refusal.self) { try GzipFile.decompress(source, limit: 1 << 20) }
        let whole = try SmallFile.read(file, limit: 1 << 20)
        for (index, length) in [0, 5, 20, whole.count / 2, whole.count - 1].enumerated() {
            let cut = fixture.folder.appending("cut\(index)")
            try SmallFile.write(Array(whole[..<length]), to: cut)
            #expect(throws: GzipFile.Refusal.self, "\(length) bytes") { try GzipFile.decompress(cut, limit: 1 << 20) }
        }
        var changed = whole
        changed[whole.count / 2] ^= 0x40
        let damaged = fixture.folder.appending("damaged")
        try SmallFile.write(changed, to: damaged)
        #expect(throws: GzipFile.Refusal.self) { try GzipFile.decompress(damaged, limit: 1 << 20) }
    }
}
