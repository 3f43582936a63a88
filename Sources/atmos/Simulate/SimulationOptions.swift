internal import ArgumentParser
internal import ExplorationFile
internal import Logging
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import Simulation
internal import Support

/// The source of a simulation's verdicts.
struct OracleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Treat points as stable if they meet this: \"CO2 + CH4 < 0.5\".", valueName: "condition"))
    var stable: String?

    @Option(
        help: ArgumentHelp(
            "Treat points as stable inside this ellipsoid, given by its centre and radius along each parameter.",
            valueName: "NAME=CENTRE~RADIUS,…"))
    var region: String?

    @Flag(help: "Take verdicts from the ledger; points without one are unstable.")
    var ledger = false

    init() {}

    func validate() throws {
        guard [stable != nil, region != nil, ledger].count(where: \.self) <= 1 else {
            throw ValidationError("give only one of --stable, --region and --ledger")
        }
    }

    /// - Throws: ``SettingError`` if the options do not determine the verdicts.
    func makeOracle(
        for definition: ExplorationDefinition, data: DataOptions, logger: Logger
    ) async throws -> any Oracle {
        let space = definition.space
        if case .adaptive(let adaptive) = definition.strategy, case .output(let index, _) = adaptive.target, !ledger {
            guard stable == nil, region == nil, case .synthetic = definition.model.adapter else {
                throw SettingError(
                    description:
                        "the strategy needs the output '\(definition.model.outputs[index].name)', which only "
                        + "real runs have: use --ledger")
            }
        }
        if let stable {
            do {
                return ConditionRegion(try Constraint(stable, parameters: space.parameters.map(\.name)))
            } catch {
                throw SettingError(description: "--stable: \(error)")
            }
        }
        if let region { return Ellipsoid(try extents(region, in: space)) }
        if ledger { return try await LedgerVerdicts.read(for: definition, data: data, logger: logger) }
        guard case .synthetic(let region) = definition.model.adapter else {
            throw SettingError(
                description: "which points are stable? give --stable \"CO2 + CH4 < 0.5\", "
                    + "--region CO2=0.1~0.05, or --ledger for the verdicts of real runs")
        }
        return Ellipsoid(
            region.compactMap { extent in
                space.parameters.firstIndex { $0.name == extent.name }.map {
                    Ellipsoid.Extent(parameter: $0, centre: extent.centre, radius: extent.radius)
                }
            })
    }

    private func extents(_ text: String, in space: Space) throws -> [Ellipsoid.Extent] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            let numbers = sides.last?.split(separator: "~", omittingEmptySubsequences: false).map { Double($0) } ?? []
            guard sides.count == 2, numbers.count == 2, let centre = numbers[0], let radius = numbers[1],
                centre.isFinite, radius.isFinite, radius > 0
            else {
                throw SettingError(
                    description:
                        "--region: '\(part)' must be NAME=CENTRE~RADIUS with a radius above 0, as in CO2=0.1~0.05")
            }
            let names = space.parameters.map(\.name)
            guard let parameter = names.firstIndex(of: String(sides[0])) else {
                let hint = ClosestName.of(String(sides[0]), among: names).map { "did you mean '\($0)'?" }
                throw SettingError(
                    description: "--region: there is no parameter '\(sides[0])'; "
                        + (hint ?? "the parameters are \(names.joined(separator: ", "))"))
            }
            return Ellipsoid.Extent(parameter: parameter, centre: centre, radius: radius)
        }
    }
}

/// The durations and failures of runs, and the workers that make them.
struct SimulatedRunOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Draw the duration of a run from this distribution.", valueName: "distribution"),
        transform: { try DistributionArgument.read($0, TimeDistribution.init) })
    var runTime: TimeDistribution

    @Option(
        help: ArgumentHelp(
            "Draw the duration of an unstable run from this distribution (default: as any other).",
            valueName: "distribution"),
        transform: { try DistributionArgument.read($0, TimeDistribution.init) })
    var unstableRunTime: TimeDistribution?

    @Option(
        help: ArgumentHelp("Let this share of runs end in an error: 1%.", valueName: "share"),
        transform: { try DistributionArgument.read($0, Share.init) })
    var fail = Share(value: 0)

    @Option(
        help: ArgumentHelp("Preempt each worker at this rate: 0.05/h, 2/d.", valueName: "rate"),
        transform: { try DistributionArgument.read($0, Rate.init) })
    var preempt = Rate.never

    @Flag(help: "Notify a worker before it is preempted, so that it gives its point back at once.")
    var notice = false

    @Option(
        help: ArgumentHelp("Replace a preempted worker after this time.", valueName: "distribution"),
        transform: { try DistributionArgument.read($0, TimeDistribution.init) })
    var replaceAfter = TimeDistribution.constant(60)

    @Option(help: "Start the random numbers with this seed.")
    var seed: UInt64 = 0

    init() {}

    func validate() throws {
        guard fail.value < 1 else { throw ValidationError("--fail must be below 100 %") }
    }

    /// - Throws: ``SettingError`` if every run would exceed its wall time.
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

/// The roles between the runs.
struct SimulatedRoleOptions: ParsableArguments {
    @Option(help: "Simulate this many sql-clients.")
    var sqlClients = 1

    @Option(help: "Simulate this many masters.")
    var masters = 1

    @Option(
        help: ArgumentHelp(
            "Add this time to each run, for the lease, the folder, the files and the report.", valueName: "time"),
        transform: { try DistributionArgument.read($0, TimeDistribution.seconds) })
    var overhead = 0.01

    @Option(
        help: ArgumentHelp("Let sql-client take this time for each message.", valueName: "time"),
        transform: { try DistributionArgument.read($0, TimeDistribution.seconds) })
    var messageTime = RoleCosts().message

    @Option(
        help: ArgumentHelp("Let a master take this time for each neighbour.", valueName: "time"),
        transform: { try DistributionArgument.read($0, TimeDistribution.seconds) })
    var proposalTime = RoleCosts().proposal

    init() {}

    func validate() throws {
        for (name, count) in [("--sql-clients", sqlClients), ("--masters", masters)]
        where !(1...1_000).contains(count) {
            throw ValidationError("\(name) must be from 1 to 1000")
        }
    }

    func apply(to settings: inout SimulationSettings) {
        settings.sqlClients = sqlClients
        settings.masters = masters
        settings.overhead = overhead
        settings.costs.message = messageTime
        settings.costs.proposal = proposalTime
    }
}

/// Reads distributions, shares, rates and times from the command line.
private enum DistributionArgument {
    static func read<Value>(_ text: String, _ value: (String) throws(DistributionError) -> Value) throws -> Value {
        do {
            return try value(text)
        } catch {
            throw ValidationError(error.description)
        }
    }
}
