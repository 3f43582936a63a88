package import Scaler

/// What happens to a simulated cluster. Times in seconds.
package struct SimulationScenario: Sendable {
    /// Jobs that come in an even stream.
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

    /// A time in which there are fewer machines.
    package struct Shortage: Sendable {
        package var from: Int
        package var to: Int
        package var machines: Int
    }

    package var seed: UInt64 = 1
    package var duration = 86_400
    /// The mean of the run times, and what none may take longer than.
    package var meanRunTime = 480.0
    package var wallTime: Duration = .seconds(3600)
    /// Whether the scaler asks a ledger how long runs took, or estimates it.
    package var hasLedger = true
    /// From a machine's being asked for to the pod's start.
    package var provisioning = 30.0...150.0
    /// How long a pod lives on the average until its machine is taken away.
    package var meanLife = 4 * 3600.0
    /// When which share of all machines is taken away at once.
    package var massPreemptions: [Int: Double] = [4 * 3600: 0.3, 6 * 3600 + 1800: 0.5, 17 * 3600: 0.3]
    package var machines = 1000
    package var shortages = [Shortage(from: 9 * 3600, to: 10 * 3600, machines: 500)]
    package var leaseTime = 15
    package var idleLimit = 30
    /// From one decision to the next.
    package var round = 15
    /// How often a scaler repeats what was decided already.
    package var repetition = 0.1
    package var streams = [
        // A survey that spreads slowly, then broadly, and ends.
        Stream(from: 600, to: 3600, jobs: 1500), Stream(from: 3600, to: 7 * 3600, jobs: 36_000),
        Stream(from: 7 * 3600, to: 8 * 3600, jobs: 1000),
        // One that is there all at once, while machines are short.
        Stream(from: 9 * 3600, to: 9 * 3600 + 60, jobs: 16_000),
        // Two small ones close together, and another large one.
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
    /// For the simulated cluster: 1,000 pods at most, work done within half an hour.
    package static var simulated: ScalingPolicy {
        var policy = ScalingPolicy()
        policy.maximum = 1000
        policy.jobsPerPod = 2
        policy.targetTime = .seconds(1800)
        return policy
    }
}
