import SystemPackage
import Testing

@testable import ModelRunner

@Suite("The profiles of a run of Atmos")
struct VPLAtmosProfileTests {
    private typealias Samples = VPLAtmosOutputSamples

    @Test("are read from its kept files, compressed or not, from the surface up")
    func profiles_areRead() throws {
        let fixture = try ModelFixture()
        try fixture.write(Samples.profile, to: "PTZ_mixingratios_out.dist")
        let source = try fixture.write(Samples.climate(), to: "climate")
        try GzipFile.compress(source, to: fixture.folder.appending("clima_allout.tab.gz"))
        let profile = try VPLAtmosProfile(filesIn: fixture.folder)
        #expect(profile.species == ["CH4", "CO2", "N", "O2"])
        #expect(profile.temperature.map(\.altitude) == [0.25, 0.75])
        #expect(profile.temperature.map(\.value) == [288.4, 285.5])
        #expect(profile.mixingRatio(of: "CH4")?.map(\.value) == [1.63e-6, 1.627e-6])
        #expect(profile.mixingRatio(of: "XE") == nil)
        #expect(profile.climateTemperature.count == 101)
        #expect(profile.climateTemperature.first ?? (1, 1) == (0, 287.43))
    }

    @Test("are refused with the folder's name if they are missing or damaged")
    func missingProfiles_areRefused() throws {
        let fixture = try ModelFixture()
        let missing = #expect(throws: VPLAtmosProfile.Unreadable.self) { try VPLAtmosProfile(filesIn: fixture.folder) }
        #expect(missing?.description.contains("\(fixture.folder) has no PTZ_mixingratios_out.dist.gz") == true)
        try fixture.write(Samples.profile + "  1.0E+00  2.0E+02\n", to: "PTZ_mixingratios_out.dist")
        let damaged = #expect(throws: VPLAtmosProfile.Unreadable.self) { try VPLAtmosProfile(filesIn: fixture.folder) }
        #expect(damaged?.description.hasSuffix("PTZ_mixingratios_out.dist is damaged or incomplete") == true)
    }
}
