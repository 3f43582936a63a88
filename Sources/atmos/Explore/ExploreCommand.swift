internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import FoundationEssentials
internal import LeaseQueue
internal import LocalStack
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Support
internal import SystemPackage
internal import UnixSignals

/// `atmos explore`: everything on one machine.
struct ExploreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Explore a parameter space on this machine, from the start point to the map.",
        discussion: """
            Starts a private Redis and a private MariaDB in the exploration's folder, all roles, and a worker for each \
            core. Shows its progress, and ends with a summary and a map. Ctrl-C stops it gracefully and loses nothing. \
            Run the same command again to continue, also after a crash. When a budget is used up (points, wall time, \
            core-hours or a tolerance, from the file or the command line), the runs in progress are finished first.

            Exit status: 0 if all points have a verdict or the budget is used up, 1 if some points ended in errors or \
            are missing, 78 for an invalid file or a missing model, 130 after Ctrl-C.
            """)

    @Argument(help: "The exploration's YAML file; see config/explorations/ for examples.")
    var file: String

    @Option(help: "Use this folder for servers, files and logs (default: .atmos/NAME).")
    var data: String?

    @OptionGroup var budget: BudgetOptions

    @Option(help: "Run this many workers (default: one for each core).")
    var workers: Int?

    @Flag(help: "Continue with another build of the model than the one that gave the verdicts so far.")
    var acceptModelChange = false

    @OptionGroup var axes: MapAxesOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard workers ?? 1 >= 1 else { throw ValidationError("--workers must be at least 1") }
    }

    func run() async throws {
        try await Program.run("atmos explore", log, defaultLevel: .warning) { logger in
            let definition = try DefinitionReader.read(file: file)
            try axes.check(against: definition)
            // Report a missing model once, here, rather than in the log of every worker.
            let model = try await definition.model.makeModel(in: definition)
            let standard = DataOptions.standardFolder.appending(definition.name)
            let folder = try DataFolder(data.map { FilePath($0) } ?? standard)
            let lock = try folder.tryLock()
            defer { lock.unlock() }
            let exploration = LocalExploration(
                definition: definition,
                file: FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(file)),
                folder: folder, budget: try budget.budget(of: definition),
                workers: workers ?? ProcessInfo.processInfo.activeProcessorCount,
                axes: axes, build: ModelBuild(of: model), acceptsModelChange: acceptModelChange, logger: logger)
            return try await exploration.run()
        }
    }
}

/// One exploration on one machine, from starting its servers to drawing its map.
struct LocalExploration: Sendable {
    let definition: ExplorationDefinition
    /// The absolute path of the definition's file.
    let file: FilePath
    let folder: DataFolder
    let budget: ExplorationBudget
    let workers: Int
    let axes: MapAxesOptions
    /// The build of the model, and whether to accept the verdicts of another one.
    let build: ModelBuild
    let acceptsModelChange: Bool
    let logger: Logger

    /// Runs until no work is left, the budget is used up, the operator drains the workers, or a signal arrives.
    ///
    /// - Returns: the exit status.
    func run() async throws -> ExitStatus {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let servers = try LocalServers(folder: folder, logger: logger)
        return try await withThrowingTaskGroup(of: ExitStatus.self) { group in
            group.addTask { try await servers.run { try await explore(servers) } }
            group.addTask {
                for await signal in signals { return signal == .sigint ? .interrupted : .terminated }
                throw CancellationError()
            }
            let first = try await group.next()!
            group.cancelAll()
            guard first == .interrupted || first == .terminated else { return first }
            print("\nstopping; run the same command to continue")
            // An error of the interrupted exploration only says that it was interrupted.
            while let ended = await group.nextResult() {
                if case .failure(let error) = ended, !(error is CancellationError) {
                    logger.debug("ended by the signal", metadata: ["error": "\(error)"])
                }
            }
            return first
        }
    }

    private func explore(_ servers: LocalServers) async throws -> ExitStatus {
        try await withConnections { connections in
            let ledger = try await connections.ledger(
                at: servers.ledgerConfiguration(), createDatabase: true, logger: logger)
            try await LedgerSetup(definition: definition, ledger: ledger).prepare(creates: true)
            if !acceptsModelChange {
                try build.check(
                    against: try await ledger.modelBuilds(of: definition.table), of: definition.name,
                    imported: SurveyImport.version, flag: "--accept-model-change")
            }
            let queues = try await connections.queues(
                of: definition, at: servers.redisConfiguration(), as: "explore", logger: logger)
            return try await explore(
                Ring(definition: definition, queues: queues, ledger: ledger, logger: logger), ledger, servers)
        }
    }

    private func explore(_ ring: Ring, _ ledger: RunLedger, _ servers: LocalServers) async throws -> ExitStatus {
        // The ledger has decided which build may run.
        try await build.register(
            in: ring.queues, of: definition.name, accepts: true, flag: "--accept-model-change")
        // Workers wait until results that an interrupted exploration left in the queues are in the ledger: only then
        // is it known how many runs the limit leaves. An exhausted budget would make them leave instead.
        try await ring.queues.setControl(.pause, for: RingQueues.main)
        try await ring.queues.setBudget(nil, for: RingQueues.main)
        try await repair(ring)
        try await Starter(ring).run()

        let monitor = ExplorationMonitor(ring: ring, budget: budget)
        let roles = LocalRoles(file: file, folder: folder, servers: servers, workers: workers)
        let result = try await roles.run(logger: logger) { try await monitor.run() }

        let summary = try await ExplorationSummary.make(
            definition: definition, folder: folder, result: result, counts: ring.queues.counts(), ledger: ledger,
            axes: axes)
        print(summary.text)
        return summary.isComplete ? .success : .failures
    }

    /// Repairs the queues if Redis is empty and the ledger is not: Redis may have lost its data. Retries messages that
    /// did not arrive: their cause may be gone. If nothing is left to run, the repair finds nothing.
    private func repair(_ ring: Ring) async throws {
        let counts = try await ring.queues.counts()
        let isEmpty = counts.values.allSatisfy { $0 == QueueCounts() }
        let hasDeadLetters = !counts.undeliveredMessages.isEmpty
        guard isEmpty || hasDeadLetters, try await ring.ledger.progress(of: definition.table).total > 0 else { return }
        let report = try await Reconciler(ring).run(revivesDeadLetters: true)
        guard !report.isClean else { return }
        print(
            "\(isEmpty ? "the queues were empty although work was left" : "repaired the queues"): \(report.sentence())")
    }
}
