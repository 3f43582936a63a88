import Support
import Testing

@testable import Simulation

@Suite("Time distributions")
struct DistributionTests {
    @Test(
        "are read as they are written",
        arguments: [
            ("constant:60s", .constant(60)), ("uniform:30s,1.5m", .uniform(30...90)),
            ("exponential:2h", .exponential(mean: 7_200)), ("lognormal:250ms,0.5", .logNormal(mean: 0.25, sigma: 0.5)),
            ("weibull:1d,0.7", .weibull(mean: 86_400, shape: 0.7)), ("constant:1e-3s", .constant(0.001)),
            ("constant:1w", .constant(604_800)),
        ] as [(String, TimeDistribution)])
    func text_isRead(text: String, expected: TimeDistribution) throws {
        #expect(try TimeDistribution(text) == expected)
    }

    @Test(
        "that are invalid are rejected with the expected form",
        arguments: [
            ("log-normal:60s,1", "did you mean lognormal:60s,0.5?"), ("60s", "there are constant:60s, exponential:60s"),
            ("constant", "'constant' has 0 numbers; write it as in constant:60s"),
            ("constant:60", "'60' has no unit; write ms, s, m, h, d or w, as in 60s"),
            ("constant:60 seconds", "invalid time span '60 seconds'"),
            ("constant:60y", "'60y' has the unknown unit 'y'"), ("constant:-1s", "invalid time span '-1s'"),
            ("uniform:90s,30s", "the second time must be above the first"),
            ("exponential:0s", "the mean must be above zero"), ("lognormal:60s,-1", "must be a number above 0"),
            ("lognormal:60s", "has 1 numbers; write it as in lognormal:60s,0.5"),
            ("lognormal:60s,0.5,1", "has 3 numbers"), ("", "there is no distribution ''"),
        ])
    func invalidText_isRejected(text: String, message: String) {
        let error = #expect(throws: DistributionError.self) { try TimeDistribution(text) }
        #expect(error?.description.contains(message) == true, "\(error.map { $0.description } ?? "")")
    }

    @Test(
        "have the requested mean",
        arguments: [
            .uniform(30...90), .exponential(mean: 60), .logNormal(mean: 60, sigma: 0.5), .weibull(mean: 60, shape: 0.7),
            .constant(60),
        ] as [TimeDistribution])
    func draws_haveTheMean(distribution: TimeDistribution) {
        var generator = SplitMix64(seed: 1, purpose: 1)
        let count = 100_000
        var sum = 0.0
        var minimum = Double.infinity
        for _ in 0..<count {
            let time = distribution.draw(&generator)
            sum += time
            minimum = min(minimum, time)
        }
        // The largest standard deviation is 90 s, that of the Weibull distribution.
        #expect(abs(sum / Double(count) - distribution.mean) < 4 * 90 / Double(count).squareRoot())
        #expect(minimum >= distribution.minimum)
    }

    @Test("have rates and shares that are read as they are written")
    func ratesAndShares_areRead() throws {
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
}
