internal import Testing

@Suite("The column model's starts")
struct StartTests {
    @Test(
        "the answer does not depend on the start",
        arguments: [
            "", "CO2=0.01", "insolation=0.4", "insolation=0.3 CO2=0.5 O2=0", "insolation=1.1 CO2=0.01",
            "insolation=1.15",
            "insolation=1.2", "insolation=0.3 CO2=0.9 O2=0", "H2O=0.0123 CH4=0.005", "insolation=1.1 CO2=0.63 O2=0",
        ])
    func independence(point: String) async throws {
        let cold = try await ColumnRun(point)
        for parent in [60.0, 180, 250, 285, 300, 330, 349, 360, 399, 1000] {
            let warm = try await ColumnRun(point, parent: "&state surface_temperature=\(parent) /\n")
            #expect(warm.result.verdict == cold.result.verdict)
            guard cold.isStable, warm.isStable else { continue }
            let difference = try warm.output("surface_temperature") - cold.output("surface_temperature")
            #expect(abs(difference) < 0.1, "from \(parent) K")
        }
    }

    @Test(
        "a neighbour's state saves iterations",
        arguments: [
            ("", "CO2=1e-3"), ("CO2=0.01", "CO2=0.02"), ("insolation=0.5", "insolation=0.55"),
            ("insolation=1", "insolation=1.05"), ("CH4=0", "CH4=0.005"),
        ])
    func savings(parent: String, child: String) async throws {
        let state = try await ColumnRun(parent).state()
        let cold = try await ColumnRun(child)
        let warm = try await ColumnRun(child, parent: state)
        #expect(warm.result.iterations < cold.result.iterations * 2 / 3)
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
        for file in ["result.json", "profiles.csv", "column_state.dat", "model.log"] {
            #expect(try first.folder.data(file) == second.folder.data(file))
        }
    }
}
