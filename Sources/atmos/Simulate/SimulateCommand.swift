internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Logging
internal import ParameterSpace
internal import Pipeline
internal import Simulation
internal import Support

/// `atmos simulate`: what an exploration will take, before it is run.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Predict an exploration's course: wall time, core-hours, queues, idle workers, cost.",
        discussion: """
            Plays the exploration event by event: the file's strategy, limits and retries, the queues and roles between \
            the runs, workers that come and go. Nothing is run; verdicts come from a region that you state, or from runs \
            that the ledger has. The same --seed gives the same course. Ten million points take some minutes.

            How long a run takes is a distribution: constant:60s, uniform:30s,90s, exponential:60s (its mean), \
            lognormal:60s,0.5 (its mean, and the standard deviation of the logarithm), weibull:60s,0.7 (its mean, and its \
            shape). Where stable points are, is a condition (--stable), an ellipsoid (--region), or the ledger (--ledger); \
            with the synthetic model it is the model's region.

              atmos simulate my-planet.yaml --workers 100 --run-time lognormal:60s,0.5 --stable "CO2 < 0.3 and CH4 < 0.02"
              atmos simulate my-planet.yaml --workers 10,100,1000 --run-time exponential:5m --region CO2=0.1~0.05,O2=0.2~0.1
              atmos simulate habitable-zone.yaml --ledger --workers 64 --run-time constant:2s --preempt 0.05/h \\
                --price 0.031 --cores 2 --plot course.png
              atmos simulate earth.yaml --workers 64 --run-time constant:5s --stable "CO2 < 0.1" --core-hours 20

            The budget is the file's, or what the command says in its place, as with atmos explore: the simulation \
            ends as the exploration would, with what is running finished.

            Exit status: 0 when the simulation came to its end, 64 for a wrong command line, 78 for a wrong file.
            """)

    @Argument(help: "The exploration's YAML file.")
    var file: String

    @Option(
        help: ArgumentHelp("How many workers, or several numbers to compare: 10,100,1000.", valueName: "count"),
        transform: WorkerCounts.init)
    var workers: WorkerCounts

    @OptionGroup(title: "Runs") var runs: SimulatedRunOptions
    @OptionGroup(title: "Budget") var budget: BudgetOptions

    @Flag(help: "Take away every limit, whatever the file says.")
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
            var courses: [SimulatedCourse] = []
            for workers in workers.counts {
                courses.append(try simulate(definition, budget, workers: workers, oracle))
            }
            try report.print(courses, of: definition)
            return .success
        }
    }

    private func simulate(
        _ definition: ExplorationDefinition, _ budget: ExplorationBudget, workers: Int, _ oracle: any Oracle
    ) throws -> SimulatedCourse {
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
            preconditionFailure("a definition whose strategy does not go with its space is refused when it is read")
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
        return SimulatedCourse(settings: settings, result: result, cores: report.cores, price: report.price)
    }
}

/// One number of workers or several.
struct WorkerCounts: Sendable {
    let counts: [Int]
    static let most = 1_000_000

    init(_ text: String) throws {
        counts = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let count = Int(part), (1...Self.most).contains(count) else {
                throw ValidationError("'\(part)' must be a number from 1 to \(Self.most)")
            }
            return count
        }
    }
}
