internal import Foundation
import Support
internal import TestSupport
internal import Testing

@Suite("The column model on random points")
struct RandomPointTests {
    private static func point(_ generator: inout SplitMix64) -> String {
        func logarithmic(_ low: Double, _ high: Double) -> Double {
            exp(Double.random(in: log(low)...log(high), using: &generator))
        }
        func orZero(_ value: Double) -> Double { Int.random(in: 0..<4, using: &generator) == 0 ? 0 : value }
        var values = [
            ("CO2", logarithmic(1e-9, 0.6)), ("CH4", orZero(logarithmic(1e-9, 0.05))),
            ("H2", orZero(logarithmic(1e-9, 0.1))), ("O2", orZero(logarithmic(1e-12, 0.2))),
            ("H2O", logarithmic(1e-7, 0.04)), ("star_temperature", Double.random(in: 2500...7500, using: &generator)),
            ("ultraviolet", logarithmic(0.01, 100)), ("CO_flux", orZero(logarithmic(1, 1e4))),
        ].filter { _ in Bool.random(using: &generator) }
        let wide = Int.random(in: 0..<4, using: &generator) == 0
        values.append(
            ("insolation", wide ? logarithmic(0.01, 10) : Double.random(in: 0.2...1.4, using: &generator)))
        return values.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
    }

    /// The number of points per seed: a thousand in total in the long tests.
    private static let points = ProcessInfo.processInfo.environment["ATMOS_LONG_TESTS"] == "1" ? 250 : 12

    @Test("every point has a verdict with a reason, without a trap, in valid JSON", arguments: 1...4)
    func randomPoints_haveVerdicts(seed: UInt64) async throws {
        var generator = SplitMix64(seed: seed)
        var verdicts: Set<String> = []
        var unsettled = 0
        for _ in 0..<Self.points {
            let point = Self.point(&generator)
            let run = try await ColumnRun(point, build: .checked)
            verdicts.insert(run.result.verdict)
            #expect(["stable", "unstable"].contains(run.result.verdict))
            #expect(run.result.message.count > 20)
            #expect(run.isStable == (try run.output("reason") == 0), "\(point)")
            if try run.output("reason") == 5 { unsettled += 1 }
            guard run.isStable else { continue }
            #expect(abs(try run.output("energy_residual")) < 0.1, "\(point)")
            #expect(abs(try run.output("redox_residual")) < 0.01, "\(point)")
        }
        #expect(verdicts.contains("stable"))
        #expect(unsettled <= max(1, Self.points / 50))
    }

    @Test("a warm start finds the same equilibrium", arguments: [280.0, 365.0])
    func warmStart_findsSameEquilibrium(parent: Double) async throws {
        var generator = SplitMix64(seed: 11)
        for _ in 0..<25 {
            let point = Self.point(&generator)
            let cold = try await ColumnRun(point, chemistry: withoutChemistry)
            let warm = try await ColumnRun(
                point, chemistry: withoutChemistry, parent: "&state surface_temperature=\(parent) /\n")
            #expect(warm.result.verdict == cold.result.verdict, "\(point)")
            guard cold.isStable, warm.isStable else { continue }
            let difference = try warm.output("surface_temperature") - cold.output("surface_temperature")
            #expect(abs(difference) < 0.1, "\(point)")
        }
    }
}
