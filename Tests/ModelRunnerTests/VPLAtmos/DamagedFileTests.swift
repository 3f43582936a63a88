import Support
import SystemPackage
import TestSupport
import Testing

@testable import ModelRunner

/// What a full disk, a killed program or a bad cable may leave of a file: whatever it is, it is judged or refused, and a
/// number that is cut in two is never taken for a whole one.
@Suite("Damaged files of Atmos")
struct DamagedFileTests {
    private typealias Samples = VPLAtmosOutputSamples

    private static let samples = [
        Samples.report(), Samples.profile, Samples.climate(), Samples.photochemistryLog,
        "O2         LL  2 0 0 0 0 0    0     0.      0.      0.        0.      0\nN2   IN  0 0 0 0 2 0    0.78",
        "NSTEPS=    200           !step number\nIUP=       1\nIMET=      1\n",
    ].map(\.bytes)

    private func readAll(_ bytes: [UInt8]) {
        let report = PhotochemistryOutput(bytes)
        _ = try? PhotochemistryFinding(
            report: bytes, log: Samples.photochemistryLog.bytes, profile: Samples.profile.bytes)
        _ = try? PhotochemistryFinding(report: Samples.report().bytes, log: bytes, profile: bytes)
        _ = PhotochemistryFinding(divergedIn: bytes)
        _ = MixingRatioProfile(bytes)
        let climate = ClimateOutput(bytes)
        _ = try? ClimateFinding(report: bytes, log: bytes, configuration: VPLAtmosConfiguration(climateSteps: 3))
        var species = SpeciesFile(bytes)
        _ = try? species.set("O2", to: 0.21)
        _ = try? species.set("N2", to: 0.78)
        _ = species.mixingRatio(of: "O2")
        var settings = ClimateInputFile(bytes)
        for name in ["NSTEPS", "IUP", "IMET"] { _ = try? settings.set(name, to: 1) }
        #expect(report.lastStep == nil || report.lastStep!.iteration ?? 1 > 0)
        #expect(climate.lastStep == nil || climate.lastStep!.number > 0)
    }

    @Test("Files with random bytes changed, lost and doubled are read without a crash")
    func garbled() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        print("seed of the garbled files: \(seed)")
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
            readAll(bytes)
        }
    }

    @Test("A file that ends anywhere gives the whole file's numbers or none")
    func truncated() throws {
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
                        report: Array(climate[..<length]), log: [], configuration: VPLAtmosConfiguration(climateSteps: 3)))
                        == nil)
            }
        }
        let profile = Samples.profile.bytes
        for length in stride(from: 0, through: profile.count, by: 3) {
            let cut = MixingRatioProfile(Array(profile[..<length]))
            #expect(cut == nil || cut == MixingRatioProfile(profile))
        }
    }

    @Test("A compressed file that is cut, changed or no such file is refused")
    func compressed() throws {
        let bench = try ModelFixture()
        let original = Samples.climate()
        let source = try bench.write(original, to: "a.tab")
        let file = bench.folder.appending("a.gz")
        try GzipFile.compress(source, to: file)
        #expect(try GzipFile.decompress(file, limit: 1 << 20) == original.bytes)
        #expect(throws: GzipFile.Refusal.self) { try GzipFile.decompress(file, limit: 100) }
        #expect(throws: GzipFile.Refusal.self) { try GzipFile.decompress(source, limit: 1 << 20) }
        let whole = try SmallFile.read(file, limit: 1 << 20)
        for (index, length) in [0, 5, 20, whole.count / 2, whole.count - 1].enumerated() {
            let cut = bench.folder.appending("cut\(index)")
            try SmallFile.write(Array(whole[..<length]), to: cut)
            #expect(throws: GzipFile.Refusal.self, "\(length) bytes") { try GzipFile.decompress(cut, limit: 1 << 20) }
        }
        var changed = whole
        changed[whole.count / 2] ^= 0x40
        let damaged = bench.folder.appending("damaged")
        try SmallFile.write(changed, to: damaged)
        #expect(throws: GzipFile.Refusal.self) { try GzipFile.decompress(damaged, limit: 1 << 20) }
    }
}
