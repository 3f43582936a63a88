internal import Testing

@Suite("The column model's starts")
struct StartTests {
    @Test(
        "the answer does not depend on the start",
        arguments: [
            "", "CO2=0.01", "insolation=0.4", "insolation=0.3 CO2=0.5 O2=0", "insolation=1.1 CO2=0.01",
            "insolation=1.2", "insolation=0.3 CO2=0.9 O2=0", "H2O=0.0123 CH4=0.005", "insolation=1.1 CO2=0.63 O2=0",
        ])
    func independence(point: String) async throws {
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
    func savings(parent: String, child: String) async throws {
        let state = try await ColumnRun(parent).state()
        let cold = try await ColumnRun(child)
        let warm = try await ColumnRun(child, parent: state)
        #expect(warm.result.iterations <= cold.result.iterations / 2)
        let difference = try warm.output("surface_temperature") - cold.output("surface_temperature")
        #expect(abs(difference) < 0.1)
    }

    @Test("the chemistry of a very different parent leads to the same state", arguments: ["", "O2=1e-3", "CH4=0.01"])
    func distantParent(point: String) async throws {
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
        "a damaged or an unstable parent's state is no state",
        arguments: [
            "", "garbage", "&state\n/\n", "&state surface_temperature=NaN /\n", "&state surface_temperature=-5 /\n",
            "&state surprise=1 /\n",
        ])
    func damagedState(state: String) async throws {
        let cold = try await ColumnRun("")
        let warm = try await ColumnRun("", parent: state)
        #expect(try warm.folder.data("result.json") == cold.folder.data("result.json"))
    }

    @Test("the same input gives the same bytes")
    func determinism() async throws {
        let first = try await ColumnRun("CO2=0.003 insolation=0.93")
        let second = try await ColumnRun("CO2=0.003 insolation=0.93")
        for file in ["result.json", "profiles.csv", "chemistry.csv", "column_state.dat", "model.log"] {
            #expect(try first.folder.data(file) == second.folder.data(file))
        }
    }
}
