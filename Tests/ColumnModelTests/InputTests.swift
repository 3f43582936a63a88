import Support
internal import TestSupport
internal import Testing

@Suite("The column model's inputs")
struct InputTests {
    @Test(
        "an invalid point is refused with its reason",
        arguments: [
            ("&point FOO=1 /\n", "foo"),
            ("&point CO2=-1e-4 /\n", "CO2 is negative"),
            ("&point CO2=NaN /\n", "CO2 is not a finite number"),
            ("&point CH4=-Infinity /\n", "CH4 is not a finite number"),
            ("&point insolation=-1 /\n", "insolation is negative"),
            ("&point O2=0.6 N2=0.5 /\n", "add up to 1.1"),
            ("&point O2=0.6 N2=0.400001 /\n", "more than 1"),
            ("&point CO2=many /\n", "cannot be read"),
            ("&point CO2=1e-4\n", "ends with a slash"),
            ("CO2=1e-4\n", "namelist group &point"),
            ("", "namelist group &point"),
            ("&point CO2=0.995 N2=0.005 O2=0 /\n", "0.99"),
            ("&point H2O=1 /\n", "no dry gas"),
            ("&point star_temperature=100 /\n", "star_temperature must lie between"),
            ("&point CH4_flux_maximum=NaN /\n", "flux"),
            ("&point CO_flux=-1 /\n", "CO_flux is negative"),
        ])
    func invalidPoint_isRefused(point: String, reason: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write(point, to: "point.nml")
        try await expectRefusal(in: folder, because: reason)
    }

    @Test(
        "an invalid setting is refused with its reason",
        arguments: [
            ("levels=3", "levels"), ("nonsense=1", "nonsense"), ("gravity=NaN", "gravity is not a number"),
            ("humidity='wet'", "wet"), ("surface_albedo=1.5", "surface_albedo"),
            ("iteration_limit=0", "iteration_limit"),
            ("temperature_minimum=390 temperature_maximum=300", "temperature_maximum"),
        ])
    func invalidSetting_isRefused(setting: String, reason: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write("&point /\n", to: "point.nml")
        try folder.write("&settings \(setting) /\n", to: "settings.nml")
        try await expectRefusal(in: folder, because: reason)
    }

    @Test("a folder without a point is refused")
    func missingPoint_isRefused() async throws {
        try await expectRefusal(in: TemporaryFolder(), because: "point.nml")
    }

    @Test("settings may be in the point's file, and names in any case")
    func settingsInPoint_areRead() async throws {
        let folder = try TemporaryFolder()
        try folder.write("&POINT\n co2 = 1.0E-3\n/\n&Settings LEVELS = 41 /\n", to: "point.nml")
        let outcome = try await ColumnModelProgram.built(.optimised).run(in: folder)
        #expect(outcome.status == 0)
        #expect(try folder.text("profiles.csv").split(separator: "\n").count == 42)
    }

    @Test("missing gases are reduced for the given ones")
    func missingGases_areReduced() async throws {
        let filled = try await ColumnRun("CO2=0.9 N2=0.1")
        let explicit = try await ColumnRun("CO2=0.9 N2=0.1 O2=0 CH4=0 H2=0")
        #expect(try filled.folder.bytes("result.json") == explicit.folder.bytes("result.json"))
        #expect(abs(try filled.output("co2_pressure") - 9) < 1e-6)
    }

    private func expectRefusal(
        in folder: TemporaryFolder, because reason: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let outcome = try await ColumnModelProgram.built(.optimised).run(in: folder)
        #expect(outcome.status == 2, sourceLocation: sourceLocation)
        #expect(outcome.errors.hasPrefix("column-model: "), sourceLocation: sourceLocation)
        #expect(outcome.errors.contains(reason), "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.errors.split(separator: "\n").count == 1, sourceLocation: sourceLocation)
        #expect(!folder.contains("result.json"), sourceLocation: sourceLocation)
    }
}

@Suite("The column model's starts")
struct StartTests {
    @Test(
        "the result does not depend on the start",
        arguments: [
            "", "CO2=0.01", "insolation=0.4", "insolation=0.3 CO2=0.5 O2=0", "insolation=1.1 CO2=0.01",
            "insolation=1.2", "insolation=0.3 CO2=0.9 O2=0", "H2O=0.0123 CH4=0.005", "insolation=1.1 CO2=0.63 O2=0",
        ])
    func result_isIndependentOfStart(point: String) async throws {
        let cold = try await ColumnRun(point)
        for parent in [60.0, 250, 300, 349, 1000] {
            let warm = try await ColumnRun(point, parent: "&state surface_temperature=\(parent) /\n")
            #expect(warm.result.verdict == cold.result.verdict)
            guard cold.isStable, warm.isStable else { continue }
            let difference = try warm.output("surface_temperature") - cold.output("surface_temperature")
            #expect(abs(difference) < 0.1, "from \(parent) K")
        }
    }

    @Test(
        "a neighbour's state saves half of the steps, and changes nothing else",
        arguments: [
            ("", "CO2=1e-3"), ("CO2=0.01", "CO2=0.02"), ("insolation=0.5", "insolation=0.55"),
            ("insolation=1", "insolation=1.05"), ("CH4=0.005", "CH4=0.01"), ("O2=0.21", "O2=0.2"),
        ])
    func warmStart_savesSteps(parent: String, child: String) async throws {
        let state = try await ColumnRun(parent).state()
        let cold = try await ColumnRun(child)
        let warm = try await ColumnRun(child, parent: state)
        #expect(warm.result.iterations <= cold.result.iterations / 2)
        let difference = try warm.output("surface_temperature") - cold.output("surface_temperature")
        #expect(abs(difference) < 0.1)
    }

    @Test("the chemistry of a very different parent leads to the same state", arguments: ["", "O2=1e-3", "CH4=0.01"])
    func distantParent_leadsToSameState(point: String) async throws {
        let cold = try await ColumnRun(point)
        for parent in ["O2=1e-7 CH4=1e-3", "insolation=0.4 CO2=0.3", "O2=0.21 CO2=0.05", "star_temperature=3500"] {
            let warm = try await ColumnRun(point, parent: try await ColumnRun(parent).state())
            let difference = try warm.output("surface_temperature") - cold.output("surface_temperature")
            #expect(abs(difference) < 0.1, "from \(parent)")
            let ozone = try warm.output("ozone_column") / cold.output("ozone_column")
            #expect(abs(ozone - 1) < 0.03, "from \(parent)")
        }
    }

    @Test(
        "the state of an unstable parent, or a damaged one, is ignored",
        arguments: [
            "", "garbage", "&state\n/\n", "&state surface_temperature=NaN /\n", "&state surface_temperature=-5 /\n",
            "&state surprise=1 /\n",
        ])
    func damagedState_isIgnored(state: String) async throws {
        let cold = try await ColumnRun("")
        let warm = try await ColumnRun("", parent: state)
        #expect(try warm.folder.bytes("result.json") == cold.folder.bytes("result.json"))
    }

    @Test("the same input gives the same bytes")
    func sameInput_givesSameBytes() async throws {
        let first = try await ColumnRun("CO2=0.003 insolation=0.93")
        let second = try await ColumnRun("CO2=0.003 insolation=0.93")
        for file in ["result.json", "profiles.csv", "chemistry.csv", "column_state.dat", "model.log"] {
            #expect(try first.folder.bytes(file) == second.folder.bytes(file))
        }
    }
}
