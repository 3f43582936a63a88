internal import ExplorationFile
internal import LeaseQueue
internal import LocalStack
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Support
internal import SystemPackage
internal import UnixSignals

/// One exploration on one machine, from the start of its servers to its map.
struct LocalExploration: Sendable {
    let definition: ExplorationDefinition
    /// The definition's file, absolute.
    let file: FilePath
    let folder: DataFolder
    let budget: ExplorationBudget
    let workers: Int
    let axes: MapAxesOptions
    let logger: Logger

    /// Runs until nothing is left to do, the budget is spent, the operator drains it, or a signal arrives.
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
            print("\nstopping in order; the same command goes on from here")
            // What the interrupted exploration throws now only says that it was interrupted.
            while let ended = await group.nextResult() {
                if case .failure(let error) = ended, !(error is CancellationError) {
                    logger.debug("ended by the signal", metadata: ["error": "\(error)"])
                }
            }
            return first
        }
    }

    private func explore(_ servers: LocalServers) async throws -> ExitStatus {
        let ledger = try await RunLedger.connect(
            servers.ledgerConfiguration(), createDatabase: true, logger: logger)
        try await LedgerSetup(definition: definition, ledger: ledger).prepare(creates: true)
        let queues = try await LeaseQueues.connect(
            to: servers.redisConfiguration(), namespace: definition.namespace,
            queues: RingQueues.configurations(for: definition.policy),
            consumer: ConsumerName(role: "explore").description, logger: logger)

        // Workers wait until results that an interrupted exploration left in the queues are in the ledger: only then
        // is it known how many runs the limit leaves. A budget that was used up would send them away instead.
        try await queues.setControl(.pause, for: RingQueues.main)
        try await queues.setBudget(nil, for: RingQueues.main)
        let ring = Ring(definition: definition, queues: queues, ledger: ledger, logger: logger)
        try await repairIfQueuesAreEmpty(ring)
        try await Starter(ring).run()

        let course = ExplorationCourse(ring: ring, budget: budget)
        let roles = LocalRoles(file: file, folder: folder, servers: servers, workers: workers)
        let result = try await roles.run(logger: logger) { try await course.run() }

        let summary = try await ExplorationSummary.make(
            definition: definition, folder: folder, result: result, counts: queues.counts(), ledger: ledger, axes: axes)
        print(summary.text)
        await queues.close()
        await ledger.close()
        return summary.progress.error > 0 ? .failures : .success
    }

    /// Where Redis has nothing and the ledger has points, either nothing is left to do or Redis has lost its data.
    private func repairIfQueuesAreEmpty(_ ring: Ring) async throws {
        let isEmpty = try await ring.queues.counts().values.allSatisfy { $0 == QueueCounts() }
        guard isEmpty, try await ring.ledger.progress(of: definition.table).total > 0 else { return }
        let report = try await Reconciler(ring).run()
        if !report.isClean { print("the queues were empty, though work was left: \(report.sentence())") }
    }
}
