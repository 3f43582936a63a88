internal import ArgumentParser
internal import ExplorationFile
internal import Simulation
internal import Support

/// What runs are like, and the workers that make them.
struct SimulatedRunOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("How long a run takes.", valueName: "distribution"),
        transform: { try DistributionOption.read($0, TimeDistribution.init) })
    var runTime: TimeDistribution

    @Option(
        help: ArgumentHelp(
            "How long a run takes that ends unstable (default: as any other).", valueName: "distribution"),
        transform: { try DistributionOption.read($0, TimeDistribution.init) })
    var unstableRunTime: TimeDistribution?

    @Option(
        help: ArgumentHelp("The share of runs that end in an error: 1%.", valueName: "share"),
        transform: { try DistributionOption.read($0, Share.init) })
    var fail = Share(value: 0)

    @Option(
        help: ArgumentHelp("How often a worker is taken away: 0.05/h, 2/d.", valueName: "rate"),
        transform: { try DistributionOption.read($0, Rate.init) })
    var preempt = Rate.never

    @Flag(help: "A worker is told before it is taken away, and gives its point back at once.")
    var notice = false

    @Option(
        help: ArgumentHelp("How long until another worker is there for one taken away.", valueName: "distribution"),
        transform: { try DistributionOption.read($0, TimeDistribution.init) })
    var replaceAfter = TimeDistribution.constant(60)

    @Option(help: "Another number gives another course.")
    var seed: UInt64 = 0

    init() {}

    func validate() throws {
        guard fail.value < 1 else { throw ValidationError("--fail must be below 100 %") }
    }

    /// - Throws: ``SettingError`` where no run could ever end.
    func check(against definition: ExplorationDefinition) throws {
        let limit = definition.policy.wallTime / .seconds(1)
        guard runTime.minimum < limit else {
            throw SettingError(
                description: "every run would be ended at run.wall_time_seconds, which the file sets to \(Int(limit)); "
                    + "choose a shorter --run-time or raise it there")
        }
    }

    func apply(to settings: inout SimulationSettings, _ policy: RunPolicy) {
        settings.unstableRunTime = unstableRunTime
        settings.failures = fail
        settings.preemption = preempt
        settings.givesNotice = notice
        settings.replacement = replaceAfter
        settings.seed = seed
        settings.wallTime = policy.wallTime / .seconds(1)
        settings.attempts = policy.attempts
        settings.leaseTime = policy.leaseTime / .seconds(1)
    }
}

/// Reads the texts of options that say how long or how often.
enum DistributionOption {
    static func read<Value>(_ text: String, _ value: (String) throws(DistributionError) -> Value) throws -> Value {
        do {
            return try value(text)
        } catch {
            throw ValidationError(error.description)
        }
    }
}
