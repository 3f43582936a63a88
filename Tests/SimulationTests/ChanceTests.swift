import Support
import Testing

@testable import Simulation

@Suite("Run times")
struct ChanceTests {
    @Test(
        "are read as they are written",
        arguments: [
            ("constant:60s", .constant(60)), ("uniform:30s,1.5m", .uniform(30...90)),
            ("exponential:2h", .exponential(mean: 7_200)), ("lognormal:250ms,0.5", .logNormal(mean: 0.25, sigma: 0.5)),
            ("weibull:1d,0.7", .weibull(mean: 86_400, shape: 0.7)), ("constant:1e-3s", .constant(0.001)),
        ] as [(String, TimeDistribution)])
    func reading(text: String, expected: TimeDistribution) throws {
        #expect(try TimeDistribution(text) == expected)
    }

    @Test(
        "that are wrong are refused with what would be right",
        arguments: [
            ("log-normal:60s,1", "did you mean lognormal:60s,0.5?"), ("60s", "there are constant:60s, exponential:60s"),
            ("constant", "'constant' has 0 numbers; write it as in constant:60s"),
            ("constant:60", "'60' has no unit; write ms, s, m, h or d, as in 60s"),
            ("constant:60 seconds", "'60 seconds' is no span of time"),
            ("constant:60w", "'60w' has the unknown unit 'w'"), ("constant:-1s", "'-1s' is no span of time"),
            ("uniform:90s,30s", "the second time must be above the first"),
            ("exponential:0s", "the mean must be above zero"), ("lognormal:60s,-1", "must be a number above 0"),
            ("lognormal:60s", "has 1 numbers; write it as in lognormal:60s,0.5"),
            ("lognormal:60s,0.5,1", "has 3 numbers"), ("", "there is no distribution ''"),
        ])
    func refusals(text: String, message: String) {
        let error = #expect(throws: DistributionError.self) { try TimeDistribution(text) }
        #expect(error?.description.contains(message) == true, "\(error.map { $0.description } ?? "")")
    }

    @Test(
        "have the mean that is asked for",
        arguments: [
            .uniform(30...90), .exponential(mean: 60), .logNormal(mean: 60, sigma: 0.5), .weibull(mean: 60, shape: 0.7),
            .constant(60),
        ] as [TimeDistribution])
    func means(distribution: TimeDistribution) {
        var stream = SplitMix64(seed: 1, purpose: 1)
        let count = 100_000
        var sum = 0.0
        var least = Double.infinity
        for _ in 0..<count {
            let time = distribution.draw(&stream)
            sum += time
            least = min(least, time)
        }
        // The greatest standard deviation among them is 90 s, of the Weibull distribution.
        #expect(abs(sum / Double(count) - distribution.mean) < 4 * 90 / Double(count).squareRoot())
        #expect(least >= distribution.minimum)
    }

    @Test("and rates and shares are read as they are written")
    func rates() throws {
        #expect(try Rate("0.05/h").perSecond == 0.05 / 3_600)
        #expect(try Rate("2/d").perSecond == 2.0 / 86_400)
        #expect(try Rate("0") == .never)
        #expect(try Share("2.5%").value == 0.025)
        #expect(try Share("0.1").value == 0.1)
        for wrong in ["0.05", "-1/h", "1/y", "x/h", "1/h/h"] {
            #expect(throws: DistributionError.self) { try Rate(wrong) }
        }
        for wrong in ["101%", "-1%", "2", "some"] { #expect(throws: DistributionError.self) { try Share(wrong) } }
    }

    @Test("are shown in the unit that suits them")
    func shown() {
        #expect(
            [0.0123, 4.21, 200, 7_500, 100_000].map(TimeSpan.text(seconds:)) == [
                "12 ms", "4.2 s", "3 min 20 s", "2 h 05 min", "1 d 04 h",
            ])
    }
}
