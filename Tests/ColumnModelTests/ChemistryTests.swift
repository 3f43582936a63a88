internal import Foundation
internal import Testing

@Suite("The column model's chemistry")
struct ChemistryTests {
    @Test("the ozone column, the ozone layer and the lifetime of methane are those of today's Earth")
    func modernEarth_hasKnownChemistry() async throws {
        let run = try await ColumnRun("")
        #expect((240...360).contains(try run.output("ozone_column")))
        #expect((6...10).contains(try run.output("ozone_peak")))
        #expect((30...37).contains(try run.output("ozone_peak_altitude")))
        #expect((9...11.5).contains(try run.output("methane_lifetime")))
        #expect((3...12).contains(try run.output("stratosphere_water")))
    }

    @Test(
        "the redox budget and the energy at the top are balanced",
        arguments: [
            "", "CH4=0.005", "H2=0.005", "O2=1e-3", "O2=1e-6 CH4=1e-3 CO_flux=0", "O2=0 CH4=0.01 H2=0.01 CO2=0.1",
            "insolation=0.5 CO2=0.7 O2=0", "star_temperature=3300 insolation=0.8",
        ])
    func budgets_close(point: String) async throws {
        let run = try await ColumnRun(point)
        #expect(abs(try run.output("redox_residual")) < 0.01)
        #expect(abs(try run.output("energy_residual")) < 0.1)
    }

    @Test("the reactions of oxygen alone make about twice the ozone")
    func oxygenReactionsAlone_doubleOzone() async throws {
        let full = try await ColumnRun("").output("ozone_column")
        let alone = try await ColumnRun("CH4=0", chemistry: "chapman=.true.").output("ozone_column")
        #expect((1.5...2.5).contains(alone / full))
    }

    @Test("ozone falls with oxygen, slowly at first")
    func lessOxygen_reducesOzone() async throws {
        var columns: [Double] = []
        for level in [0.21, 0.021, 2.1e-3, 2.1e-4, 2.1e-5] {
            columns.append(try await ColumnRun("O2=\(level)").output("ozone_column"))
        }
        #expect(columns == columns.sorted(by: >))
        #expect(columns[1] > 0.6 * columns[0])
        #expect(columns[4] < 0.1 * columns[0])
    }

    @Test("methane moistens the stratosphere, and hydrogen escapes")
    func methane_moistensStratosphere() async throws {
        let today = try await ColumnRun("")
        let moist = try await ColumnRun("CH4=0.005")
        #expect(try moist.output("stratosphere_water") > 20 * today.output("stratosphere_water"))
        #expect(try moist.output("hydrogen_escape") > 10 * today.output("hydrogen_escape"))
        #expect(try moist.output("ch4_flux") > 10 * today.output("ch4_flux"))
    }

    @Test("half or twice the cells change the surface by less than 0.5 K, and the ozone by less than a tenth")
    func resolution_hardlyMatters() async throws {
        let standard = try await ColumnRun("")
        for chemistry in ["cells=24", "cells=96", "top_pressure=0.5"] {
            let run = try await ColumnRun("", chemistry: chemistry)
            let difference = try run.output("surface_temperature") - standard.output("surface_temperature")
            #expect(abs(difference) < 0.5, "\(chemistry)")
            #expect(abs(try run.output("ozone_column") / standard.output("ozone_column") - 1) < 0.1, "\(chemistry)")
        }
    }

    /// Close values of a parameter, and the other parameters of the point.
    struct Walk: Sendable, CustomTestStringConvertible {
        let name: String
        let values: [Double]
        var around = ""

        var testDescription: String { name }
    }

    private static func logarithmic(_ low: Double, _ high: Double, _ count: Int) -> [Double] {
        (0..<count).map { low * pow(high / low, Double($0) / Double(count - 1)) }
    }

    private static let density = ProcessInfo.processInfo.environment["ATMOS_LONG_TESTS"] == "1" ? 1 : 10

    @Test(
        "temperature and ozone are smooth along an axis",
        arguments: [
            Walk(name: "O2", values: logarithmic(1e-7, 0.2, 81)),
            Walk(name: "CH4", values: logarithmic(1e-7, 0.02, 81)),
            Walk(name: "CO2", values: logarithmic(1e-5, 0.2, 81)),
            Walk(name: "H2", values: logarithmic(1e-8, 0.01, 81)),
            Walk(name: "insolation", values: (0...80).map { 0.3 + 0.009 * Double($0) }),
            Walk(name: "star_temperature", values: (0...80).map { 2600 + 50 * Double($0) }, around: "insolation=0.8"),
        ])
    func axes_areSmooth(walk: Walk) async throws {
        // Samples of the axis by default; the whole axis in the long tests.
        for index in stride(from: 0, to: walk.values.count - 2, by: Self.density * 2) {
            var temperatures: [Double] = []
            var ozone: [Double] = []
            for value in walk.values[index..<index + 3] {
                let run = try await ColumnRun("\(walk.name)=\(value) \(walk.around)")
                try #require(run.isStable, "\(walk.name)=\(value)")
                temperatures.append(try run.output("surface_temperature"))
                ozone.append(log(max(1e-3, try run.output("ozone_column"))))
            }
            #expect(abs(bend(temperatures)) < 0.5, "\(walk.name) at \(walk.values[index])")
            #expect(abs(bend(ozone)) < 0.2, "\(walk.name) at \(walk.values[index])")
        }
    }

    /// Twice the distance of the middle of three values from the mean of the others.
    private func bend(_ values: [Double]) -> Double {
        values[0] - 2 * values[1] + values[2]
    }
}
