package import Scaler
internal import Support

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The events of a simulated cluster. Times are in seconds.
package struct SimulationScenario: Sendable {
    /// Jobs that arrive evenly over a period.
    package struct Stream: Sendable {
        package var from: Int
        package var to: Int
        package var jobs: Int

        package init(from: Int, to: Int, jobs: Int) {
            self.from = from
            self.to = to
            self.jobs = jobs
        }
    }

    /// A period with fewer machines.
    package struct Shortage: Sendable {
        package var from: Int
        package var to: Int
        package var machines: Int
    }

    package var seed: UInt64 = 1
    package var duration = 86_400
    /// The mean run time, and the longest one that the policy allows.
    package var meanRunTime = 480.0
    package var wallTime: Duration = .seconds(3600)
    /// Whether the scaler takes run times from a ledger, or estimates them.
    package var hasLedger = true
    /// The time from a pod's creation to its start.
    package var provisioning = 30.0...150.0
    /// The mean time until a pod's machine is preempted.
    package var meanLife = 4 * 3600.0
    /// The times at which a fraction of all machines is preempted at once.
    package var massPreemptions: [Int: Double] = [4 * 3600: 0.3, 6 * 3600 + 1800: 0.5, 17 * 3600: 0.3]
    package var machines = 1000
    package var shortages = [Shortage(from: 9 * 3600, to: 10 * 3600, machines: 500)]
    package var leaseTime = 15
    package var idleLimit = 30
    /// The interval between decisions.
    package var round = 15
    /// The probability that a scaler repeats a decision.
    package var repetition = 0.1
    package var streams = [
        // A survey that spreads slowly, then broadly, and ends.
        Stream(from: 600, to: 3600, jobs: 1500), Stream(from: 3600, to: 7 * 3600, jobs: 36_000),
        Stream(from: 7 * 3600, to: 8 * 3600, jobs: 1000),
        // One that arrives at once, while machines are scarce.
        Stream(from: 9 * 3600, to: 9 * 3600 + 60, jobs: 16_000),
        // Two small ones in a row, and another large one.
        Stream(from: 14 * 3600, to: 14 * 3600 + 10, jobs: 150),
        Stream(from: 14 * 3600 + 1800, to: 14 * 3600 + 1810, jobs: 150),
        Stream(from: 16 * 3600, to: 19 * 3600, jobs: 20_000),
    ]

    package init() {}

    func arrivals(at second: Int) -> Int {
        streams.reduce(0) { sum, stream in
            guard second >= stream.from, second < stream.to else { return sum }
            let (passed, length) = (second - stream.from, stream.to - stream.from)
            return sum + stream.jobs * (passed + 1) / length - stream.jobs * passed / length
        }
    }

    func capacity(at second: Int) -> Int {
        shortages.first { second >= $0.from && second < $0.to }?.machines ?? machines
    }
}

extension ScalingPolicy {
    /// The policy of the simulated cluster: at most 1,000 pods, and work done within half an hour.
    package static var simulated: ScalingPolicy {
        var policy = ScalingPolicy()
        policy.maximum = 1000
        policy.jobsPerPod = 2
        policy.targetTime = .seconds(1800)
        return policy
    }
}

extension SplitMix64 {
    mutating func uniform(in range: ClosedRange<Double>) -> Double {
        Double.random(in: range, using: &self)
    }

    mutating func chance(_ probability: Double) -> Bool {
        unit() < probability
    }

    /// Seconds until the next event of a kind that happens once in `mean` seconds on average.
    mutating func exponential(mean: Double) -> Int {
        Int((mean * exponential()).rounded(.up))
    }

    /// The duration of a run in seconds: log-normal, with a standard deviation of 0.5 of its logarithm.
    mutating func logNormal(mean: Double) -> Int {
        let spread = 0.5
        return Int((mean * exp(spread * normal() - spread * spread / 2)).rounded(.up))
    }
}
