internal import ArtifactStore
internal import CoreMetrics
internal import ExplorationFile
internal import FoundationEssentials
internal import LeaseQueue
internal import Logging
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import Support
internal import SystemPackage

/// Makes one attempt at one leased point.
struct AttemptRunner: Sendable {
    let definition: ExplorationDefinition
    let model: any Model
    let artifacts: (any ArtifactStore)?
    let queues: LeaseQueues
    let origin: AttemptOrigin
    let settings: Worker.Settings
    /// Retries transfers of files while the store is away.
    let transfers: RoleLoop
    package let logger: Logger

    /// - Parameters:
    ///   - progress: notified when the model starts.
    ///   - modelLock: held while the model runs; files are fetched and stored without it.
    /// - Returns: the outcome of the point's job.
    /// - Throws: `CancellationError` if the task was cancelled, and the run with it; ``MachineFault`` if this machine or
    ///   this worker's exploration file does not allow the run.
    func run(_ lease: Lease, _ progress: BatchProgress, _ modelLock: AsyncMutex) async throws -> Outcome {
        do {
            let (point, proposal) = try decode(lease)
            return try await outcome(of: lease, at: point, proposal: proposal, progress, modelLock)
        } catch let error as MessageError {
            logger.error("malformed job", metadata: ["job": "\(lease.id)", "error": "\(error)"])
            return .fail(lease, error: "\(error)", forward: [])
        }
    }

    private func decode(_ lease: Lease) throws -> (Point, PointMessage) {
        guard case .point(let message) = try RingMessage(payload: lease.payload) else {
            throw MessageError.unexpected(RingQueues.main)
        }
        if let point = try? definition.space.point(code: message.code),
            definition.space.hash(of: point).description == lease.id
        {
            return (point, message)
        }
        let reason =
            "the point \(message.code) of '\(definition.name)' is not part of this worker's exploration file, which differs "
            + "from the one that the exploration was started with"
        // Other workers may have the right file. A point that none of many could use is at fault itself.
        guard lease.deliveries > Self.maxMismatches else { throw MachineFault(host: origin.host, reason: reason) }
        throw MessageError(description: reason)
    }

    /// The number of leases after which a point that belongs to no worker's exploration file is given up.
    private static let maxMismatches = 100

    /// Runs the model.
    ///
    /// - Throws: `CancellationError` if the lease was lost or the process is shutting down; ``MachineFault``.
    private func outcome(
        of lease: Lease, at point: Point, proposal: PointMessage, _ progress: BatchProgress, _ modelLock: AsyncMutex
    ) async throws -> Outcome {
        let directory = settings.runFolder.appending("\(lease.id)-\(lease.token.rawValue)")
        var keepsDirectory = false
        defer {
            if model.usesFiles, !keepsDirectory { try? FileManager.default.removeItem(atPath: directory.string) }
        }
        if lease.attempt > 1 { RingMetrics.retries.increment() }
        var started: Attempt?
        var start = ContinuousClock.now
        do {
            let parent = try await prepare(directory, proposal)
            let requested = ContinuousClock.now
            let (attempt, result) = try await modelLock.withLock {
                let attempt = origin.attempt(at: point, under: lease)
                started = attempt
                start = .now
                try progress.runStarted(attempt, waited: requested.duration(to: start))
                return (attempt, try await run(point, under: lease, from: parent, in: directory))
            }
            RingMetrics.recordAttempt(result.verdict.rawValue, in: start.duration(to: .now))
            let location = try await store(result, of: lease)
            let message = ResultMessage(
                attempt: attempt, endedAt: UTC.microsecondsNow, verdict: result.verdict,
                message: result.message, iterations: result.iterations, outputs: result.outputs, artifact: location,
                peakMemory: result.peakMemoryBytes, logTail: result.logTail.map(Self.lastLines),
                exitStatus: result.logTail.map { _ in "exit 0" })
            let queue = result.verdict == .stable ? RingQueues.completeStableSQL : RingQueues.completeUnstableSQL
            let job = Job(id: lease.id, payload: RingMessage.result(message).payload())
            return .complete(lease, forward: [Forward(queue: queue, job: job)])
        } catch let error as CancellationError {
            throw error
        } catch let error as BatchProgress.Withdrawn {
            throw error
        } catch {
            try checkMachine(after: error)
            keepsDirectory = settings.keepsFailedRuns && model.usesFiles
            var places = keepsDirectory ? ["\(directory)"] : []
            let failure = error as? ModelFailure
            let isLast = failure?.isPermanent == true
            if model.usesFiles, let location = await storeRemains(of: lease, isLast: isLast, in: directory) {
                places.append(location)
            }
            let kind = failure?.kind.name ?? "worker"
            RingMetrics.recordAttempt(kind, in: start.duration(to: .now))
            let attempt = started ?? origin.attempt(at: point, under: lease)
            let message = FailureRecord(
                attempt: attempt, endedAt: UTC.microsecondsNow, kind: kind,
                message: failure?.message ?? "\(error)", logTail: Self.logTail(of: failure, filesAt: places),
                exitStatus: failure?.kind.exitStatus, peakMemory: failure?.peakMemoryBytes.map(Int64.init))
            logger.warning(
                "attempt failed",
                metadata: ["point": "\(point.code)", "attempt": "\(lease.attempt)", "error": "\(message.message)"])
            let job = Job(id: attempt.jobID, payload: RingMessage.failure(message).payload())
            let (text, forward) = ("\(kind): \(message.message)", [Forward(queue: RingQueues.errorSQL, job: job)])
            return isLast
                ? .giveUp(lease, error: text, forward: forward) : .fail(lease, error: text, forward: forward)
        }
    }

    /// The end of a failed run's log, and where its files are: there and not in the message, so that the messages of
    /// several points can be counted together.
    private static func logTail(of failure: ModelFailure?, filesAt places: [String]) -> String {
        let log = failure?.logTail ?? ""
        guard !places.isEmpty else { return log }
        return log + (log.isEmpty || log.hasSuffix("\n") ? "" : "\n")
            + "[the files of this attempt: \(places.joined(separator: " and "))]\n"
    }

    /// Throws a ``MachineFault`` if an attempt failed because of this machine, for example because its disk is full.
    private func checkMachine(after error: any Error) throws(MachineFault) {
        guard Fault(of: error) != .machine else { throw MachineFault(host: origin.host, reason: "\(error)") }
        guard model.usesFiles else { return }
        do {
            try RunDirectory.checkSpace(in: settings.runFolder)
        } catch {
            throw MachineFault(
                host: origin.host,
                reason: "cannot write to the folder of run directories \(settings.runFolder): \(error)")
        }
    }

    private static let maxLogLines = 20
    private static let maxLogCharacters = 2_000

    /// The last lines of a log, for the record of a successful run. There are millions of those, so it is short.
    static func lastLines(of log: String) -> String {
        let end = log.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline).suffix(maxLogLines)
        return String(end.joined(separator: "\n").suffix(maxLogCharacters))
    }
}

// MARK: - Warm and cold starts

extension AttemptRunner {
    /// The files of another point's run that a run starts from.
    private struct Parent {
        /// The point's hash.
        let hash: String
        let folder: FilePath
    }

    /// Creates the run directory, and fetches the files that the run starts from.
    ///
    /// - Returns: those files; `nil` for a cold start.
    /// - Throws: the artifact store's errors; ``MachineFault`` if the directory cannot be created.
    private func prepare(_ directory: FilePath, _ proposal: PointMessage) async throws -> Parent? {
        guard model.usesFiles else { return nil }
        try create(directory)
        guard let artifacts, let hash = proposal.parent else { return nil }
        let folder = directory.appending("parent")
        let isFetched = try await transfers.retryingThroughOutages {
            do {
                return try await artifacts.fetch(hash, into: folder)
            } catch let error as ArtifactStoreError where error.code == .corrupt {
                logger.warning("stored files are damaged; cold start", metadata: ["error": "\(error)"])
                return false
            } catch {
                try checkMachine(after: error)
                throw error
            }
        }
        return isFetched ? Parent(hash: hash, folder: folder) : nil
    }

    private func create(_ directory: FilePath) throws(MachineFault) {
        do {
            try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        } catch {
            throw MachineFault(host: origin.host, reason: "cannot create the run directory \(directory): \(error)")
        }
    }

    /// Runs the model on a point, in a prepared directory. The lease's heartbeats carry the run's progress.
    ///
    /// A warm start is only a shortcut to a stable state. If it ends in anything else, a failure or the verdict
    /// *unstable*, one cold start decides, so that no verdict depends on which neighbour was there first.
    ///
    /// - Throws: `ModelFailure` of the cold start; `CancellationError`; the artifact store's errors.
    private func run(
        _ point: Point, under lease: Lease, from parent: Parent?, in directory: FilePath
    ) async throws -> ModelResult {
        let values = zip(definition.space.parameters, point.values).map {
            NamedValue(name: $0.name, value: $1.description)
        }
        let input = ModelInput(hash: lease.id, code: point.code, values: values)
        func run(from parent: FilePath?) async throws -> ModelResult {
            try await model.run(input, limits: definition.policy.limits, parent: parent, directory: directory) {
                lease.note = $0.description
            }
        }
        guard let parent else { return try await run(from: nil) }
        let warm = await Swift.Result { try await run(from: parent.folder) }
        try Task.checkCancellation()
        let end: String
        switch warm {
        case .success(let result) where result.verdict == .stable: return result
        case .success(let result): end = "unstable: \(result.message)"
        case .failure(let failure as ModelFailure) where !failure.isMachineFault && !failure.isPermanent:
            end = failure.message
        case .failure(let error): throw error
        }
        try? FileManager.default.removeItem(atPath: directory.string)
        try create(directory)
        let note = "[a cold start, after the warm start from \(parent.hash.prefix(12)) ended: \(end)]"
        do {
            return try await run(from: nil).noting(note)
        } catch var failure as ModelFailure {
            failure.message += " \(note)"
            throw failure
        }
    }
}

extension ModelResult {
    /// Returns the result with a note after the model's message.
    fileprivate func noting(_ note: String) -> ModelResult {
        ModelResult(
            verdict: verdict, message: message.isEmpty ? note : "\(message) \(note)", iterations: iterations,
            outputs: outputs, artifacts: artifacts, peakMemoryBytes: peakMemoryBytes, logTail: logTail)
    }
}

// MARK: - Storing a run's files, by the exploration's rule

extension AttemptRunner {
    /// Stores the files of a run that gave a verdict. While the store is away, the lease is kept and the transfer retried.
    ///
    /// - Returns: their location; `nil` if the rule keeps none of them.
    private func store(_ result: ModelResult, of lease: Lease) async throws -> String? {
        guard let artifacts, !result.artifacts.isEmpty,
            let files = definition.retention.files(
                result.artifacts, of: result.verdict == .stable ? .stable : .unstable)
        else { return nil }
        return try await transfers.finishing(within: settings.grace) {
            try await artifacts.store(files, for: lease.id)
        }
    }

    /// Stores the files of a point's last failed attempt with its log, if the rule keeps them.
    ///
    /// An error here is only logged, since the attempt has failed already.
    ///
    /// - Returns: their location; `nil` if they are not stored.
    private func storeRemains(of lease: Lease, isLast: Bool, in directory: FilePath) async -> String? {
        guard let artifacts, isLast || lease.attempt >= definition.policy.attempts else { return nil }
        let left = (definition.model.artifacts + [RunDirectory.logFile]).map { directory.appending($0) }
            .filter { FileManager.default.fileExists(atPath: $0.string) }
        guard !left.isEmpty, let files = definition.retention.files(left, of: .givenUp) else { return nil }
        do {
            let location = try await artifacts.store(files, for: lease.id)
            logger.info("files of a failed run stored", metadata: ["job": "\(lease.id)", "path": "\(location)"])
            return location
        } catch {
            logger.warning("files of a failed run not stored", metadata: ["job": "\(lease.id)", "error": "\(error)"])
            return nil
        }
    }
}

/// The origin of attempts: which worker makes them, where, and with which model. It is the same for all attempts of one
/// worker.
struct AttemptOrigin: Sendable {
    let worker: String
    let host: String
    let pod: String?
    let node: String?
    let model: String
    let modelVersion: String
    let explorationDigest: String

    init(
        name: ConsumerName, model: any Model, definition: ExplorationDefinition,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        func value(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
        worker = name.description
        host = name.host
        pod = value(EnvironmentNames.pod) ?? value(EnvironmentNames.clusterHost).map { _ in name.host }
        node = value(EnvironmentNames.node)
        let build = ModelBuild(of: model, environment: environment)
        self.model = build.model
        modelVersion = build.version
        explorationDigest = definition.digest
    }

    /// Creates the description of an attempt that starts now.
    func attempt(at point: Point, under lease: Lease) -> Attempt {
        // The lease's id is the point's hash: `decode(_:)` has checked it.
        Attempt(
            hash: Hexadecimal.decode(lease.id) ?? [], code: point.code, token: lease.token.rawValue,
            attempt: lease.attempt, worker: worker,
            host: host, model: model, modelVersion: modelVersion, startedAt: UTC.microsecondsNow, pod: pod,
            node: node, explorationDigest: explorationDigest, softwareVersion: SoftwareVersion.current)
    }
}
