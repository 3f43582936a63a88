internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Logging
internal import ParameterSpace
internal import Pipeline
internal import Simulation
internal import Support

/// `atmos simulate`: a prediction of an exploration before it is run.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Predict an exploration: wall time, core-hours, queues, idle workers, cost.",
        discussion: """
            Simulates the exploration event by event: the strategy, limits and retries of the file, the queues and \
            roles between the runs, and workers that come and go. Nothing is run. Verdicts come from a region that you \
            give, or from the runs in the ledger. The same --seed gives the same result. Ten million points take some \
            minutes.

            The duration of a run is a distribution: constant:60s, uniform:30s,90s, exponential:60s (its mean), \
            lognormal:60s,0.5 (its mean, and the standard deviation of the logarithm), weibull:60s,0.7 (its mean, and \
            its shape). The stable points are given by a condition (--stable), an ellipsoid (--region) or the ledger \
            (--ledger); for the synthetic model the default is the model's region.

              atmos simulate my-planet.yaml --workers 100 --run-time lognormal:60s,0.5 --stable "CO2 < 0.3 and CH4 < 0.02"
              atmos simulate my-planet.yaml --workers 10,100,1000 --run-time exponential:5m --region CO2=0.1~0.05,O2=0.2~0.1
              atmos simulate habitable-zone.yaml --ledger --workers 64 --run-time constant:2s --preempt 0.05/h \\
                --price 0.031 --cores 2 --plot simulation.png
              atmos simulate earth.yaml --workers 64 --run-time constant:5s --stable "CO2 < 0.1" --core-hours 20

            The budget is that of the file, or of the command line, as for atmos explore. The simulation ends as the \
            exploration would, with the runs in progress finished.

            Exit status: 0 at the end of the simulation, 64 for an invalid command line, 78 for an invalid file.
            """)

    @Argument(help: "The exploration's YAML file.")
    var file: String

    @Option(
        help: ArgumentHelp("Simulate this many workers, or compare several numbers: 10,100,1000.", valueName: "count"),
        transform: WorkerCounts.init)
    var workers: WorkerCounts

    @OptionGroup(title: "Runs") var runs: SimulatedRunOptions
    @OptionGroup(title: "Budget") var budget: BudgetOptions

    @Flag(help: "Ignore all limits, including those of the file.")
    var unlimited = false

    @OptionGroup(title: "Verdicts") var oracle: OracleOptions
    @OptionGroup(title: "Roles") var roles: SimulatedRoleOptions
    @OptionGroup(title: "Result") var report: SimulationReportOptions
    @OptionGroup(title: "The ledger") var data: DataOptions
    @OptionGroup var log: LogOptions

    func validate() throws { try budget.check(unlimited: unlimited) }

    func run() async throws {
        try await Program.run("atmos simulate", log, defaultLevel: .error) { logger in
            let definition = try DefinitionReader.read(file: file)
            try runs.check(against: definition)
            let budget = unlimited ? ExplorationBudget() : try budget.budget(of: definition)
            let oracle = try await oracle.makeOracle(for: definition, data: data, logger: logger)
            let simulations = workers.counts.map { simulate(definition, budget, workers: $0, oracle) }
            try report.print(simulations, of: definition)
            return .success
        }
    }

    private func simulate(
        _ definition: ExplorationDefinition, _ budget: ExplorationBudget, workers: Int, _ oracle: any Oracle
    ) -> SimulationRun {
        var settings = SimulationSettings(workers: workers, runTime: runs.runTime)
        runs.apply(to: &settings, definition.policy)
        roles.apply(to: &settings)
        settings.limit = budget.points
        settings.lastBegin = budget.wallTime.map { $0 / .seconds(1) }
        settings.coreTime = budget.coreHours.map { $0 * 3_600 }
        guard
            var simulation = RingSimulation(
                definition.strategy(within: budget), in: definition.space, starts: definition.starts,
                settings: settings, oracle: oracle)
        else {
            preconditionFailure("DefinitionReader rejects a strategy that does not fit the space")
        }
        var line = StatusLine()
        let result = simulation.run { progress in
            line.show { withBar in
                let bar = withBar ? StatusLine.bar(progress.finished, of: progress.known) + "  " : ""
                return "\(bar)\(workers) workers: \(progress.finished) of \(progress.known) known points after "
                    + TimeSpan.text(seconds: progress.time)
            }
            return true
        }
        line.finish()
        return SimulationRun(settings: settings, result: result, cores: report.cores, price: report.price)
    }
}

/// The numbers of workers to simulate.
struct WorkerCounts: Sendable {
    let counts: [Int]
    private static let maxWorkers = 1_000_000

    init(_ text: String) throws {
        counts = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let count = Int(part), (1...Self.maxWorkers).contains(count) else {
                throw ValidationError("'\(part)' must be a number from 1 to \(Self.maxWorkers)")
            }
            return count
        }
    }
}
