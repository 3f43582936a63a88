internal import TestSupport
internal import Testing

@Suite("The column model's climates")
struct ClimateTests {
    private static let earth = "O2=0.21 N2=0.777 CO2=4e-4 CH4=1.63e-6"

    @Test("today's Earth has 288 K, is balanced, and loses more energy when it warms")
    func modernEarth_hasKnownClimate() async throws {
        let run = try await ColumnRun(Self.earth)
        #expect(run.isStable)
        #expect(abs(try run.output("surface_temperature") - 288) < 2)
        #expect(abs(try run.output("energy_residual")) < 0.01)
        #expect((1.0...1.04).contains(try run.output("surface_pressure")))
        #expect((1.0...3.0).contains(try run.output("climate_feedback")))
        let absorbed = try run.output("absorbed_shortwave")
        #expect(abs(1 - absorbed / 340.25 - (try run.output("planetary_albedo"))) < 1e-6)
    }

    @Test("a doubling of CO2 warms by 1.9 to 4.5 K", arguments: [(4e-4, 8e-4), (8e-4, 1.6e-3), (2e-3, 4e-3)])
    func doubledCO2_warms(from: Double, to: Double) async throws {
        let warming = try await surfaceTemperature("CO2=\(to)") - surfaceTemperature("CO2=\(from)")
        #expect((1.9...4.5).contains(warming))
    }

    @Test(
        "more CO2, CH4, H2 and sunlight warm",
        arguments: [
            ("CO2", [1e-6, 1e-5, 1e-4, 4e-4, 1e-3, 1e-2, 0.1, 0.3]),
            ("CH4", [0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 5e-3]),
            ("insolation", [0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.05, 1.1, 1.15]),
            ("H2", [0, 1e-3, 1e-2, 0.05]),
        ])
    func greenhouseGasesAndSunlight_warm(name: String, values: [Double]) async throws {
        var temperatures: [Double] = []
        for value in values {
            temperatures.append(try await surfaceTemperature("\(name)=\(value)", chemistry: withoutChemistry))
        }
        #expect(temperatures == temperatures.sorted())
        #expect(Set(temperatures).count == values.count)
    }

    @Test("oxygen hardly changes the climate")
    func oxygen_hardlyMatters() async throws {
        let change = try await surfaceTemperature("O2=0.22") - surfaceTemperature("O2=0.20")
        #expect(abs(change) < 0.1)
    }

    @Test("half or twice the resolution changes the surface by less than 0.5 K")
    func resolution_hardlyMatters() async throws {
        let temperature = try await surfaceTemperature(Self.earth)
        for settings in ["levels=31", "levels=121", "longwave_spacing=5", "longwave_spacing=20"] {
            #expect(
                abs(try await surfaceTemperature(Self.earth, settings: settings) - temperature) < 0.5, "\(settings)")
        }
    }

    @Test("the outgoing flux of a saturated steam atmosphere is limited to 282 W/m2 within 5 %")
    func steamAtmosphere_hasFluxLimit() async throws {
        let run = try await ColumnRun(
            "insolation=1.5 CO2=0 CH4=0",
            settings: "humidity='saturated' dry_pressure=0.05 temperature_minimum=364 temperature_maximum=365",
            chemistry: withoutChemistry
        )
        #expect(!run.isStable)
        #expect((282 * 0.95...282 * 1.05).contains(try run.output("outgoing_longwave")))
    }

    @Test("prescribed water is the point's, up to saturation, and has no feedback at the surface")
    func prescribedWater_hasNoFeedback() async throws {
        let moist = try await ColumnRun("H2O=0.0123")
        #expect(abs(try moist.output("surface_water") - 0.0123) < 1e-9)
        #expect(abs(try moist.output("surface_temperature") - 288) < 2)

        let soaked = try await ColumnRun("H2O=0.3")
        #expect(try soaked.output("surface_water") < 0.03)

        let dry = try await ColumnRun("H2O=0")
        #expect(try dry.output("water_column") < 0.01)
        #expect(try dry.output("surface_temperature") < moist.output("surface_temperature") - 5)

        let prescribed = try await surfaceTemperature("H2O=0.0123 CO2=0.01") - moist.output("surface_temperature")
        let ocean = try await surfaceTemperature("CO2=0.01") - surfaceTemperature("CO2=4e-4")
        #expect(prescribed > 3)
        #expect(prescribed < ocean)
        #expect(try await ColumnRun("H2O=0.0123 insolation=1.3").isStable)
    }

    @Test("the profiles agree with the result")
    func profiles_agreeWithResult() async throws {
        let run = try await ColumnRun(Self.earth)
        let lines = try run.folder.text("profiles.csv").split(separator: "\n")
        let head = try #require(lines.first).split(separator: ",")
        let rows = try lines.dropFirst().map { line in
            try line.split(separator: ",").map { try #require(Double($0)) }
        }
        #expect(rows.count == 61)
        for row in rows { #expect(row.count == head.count) }
        let top = try #require(rows.first)
        let ground = try #require(rows.last)
        #expect(abs(ground[2] - (try run.output("surface_temperature"))) < 1e-3)
        #expect(abs(top[5] - (try run.output("outgoing_longwave"))) < 0.01)
        #expect(abs(top[6] - (try run.output("absorbed_shortwave"))) < 0.01)
        #expect(rows.map { $0[0] } == rows.map { $0[0] }.sorted())
        #expect(top[9] > 1e-8)
    }
}
