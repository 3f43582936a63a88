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
    package let logger: Logger

    /// - Parameters:
    ///   - progress: notified when the model starts.
    ///   - modelLock: held while the model runs; files are fetched and stored without it.
    /// - Returns: the outcome of the point's job; `nil` if the task was cancelled, and the run with it.
    func run(_ lease: Lease, _ progress: BatchProgress, _ modelLock: AsyncMutex) async -> Outcome? {
        do {
            let (point, proposal) = try decode(lease)
            return await outcome(of: lease, at: point, proposal: proposal, progress, modelLock)
        } catch {
            logger.error("malformed job", metadata: ["job": "\(lease.id)", "error": "\(error)"])
            return .fail(lease, error: "\(error)", forward: [])
        }
    }

    private func decode(_ lease: Lease) throws -> (Point, PointMessage) {
        guard case .point(let message) = try RingMessage(payload: lease.payload) else {
            throw MessageError.unexpected(RingQueues.main)
        }
        let point = try definition.space.point(code: message.code)
        let hash = definition.space.hash(of: point)
        guard hash.description == lease.id else {
            throw MessageError(
                description:
                    "the code \(message.code) has the hash \(hash), not \(lease.id): this worker's definition of "
                    + "'\(definition.name)' differs from the one that the exploration was started with")
        }
        return (point, message)
    }

    /// Runs the model; `nil` if the run was stopped because the lease was lost or the process is shutting down.
    private func outcome(
        of lease: Lease, at point: Point, proposal: PointMessage, _ progress: BatchProgress, _ modelLock: AsyncMutex
    ) async -> Outcome? {
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
        } catch is CancellationError {
            return nil
        } catch is BatchProgress.Withdrawn {
            return nil
        } catch {
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
            return failure?.isPermanent == true
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
    /// - Throws: the artifact store's errors.
    private func prepare(_ directory: FilePath, _ proposal: PointMessage) async throws -> Parent? {
        guard model.usesFiles else { return nil }
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        guard let artifacts, let hash = proposal.parent else { return nil }
        let folder = directory.appending("parent")
        return try await artifacts.fetch(hash, into: folder) ? Parent(hash: hash, folder: folder) : nil
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
        case .failure(let failure as ModelFailure) where failure.isPermanent: throw failure
        case .failure(let failure as ModelFailure): end = failure.message
        case .failure(let error): throw error
        }
        try FileManager.default.removeItem(atPath: directory.string)
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
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
    /// Stores the files of a run that gave a verdict.
    ///
    /// - Returns: their location; `nil` if the rule keeps none of them.
    private func store(_ result: ModelResult, of lease: Lease) async throws -> String? {
        guard let artifacts, !result.artifacts.isEmpty,
            let files = definition.retention.files(
                result.artifacts, of: result.verdict == .stable ? .stable : .unstable)
        else { return nil }
        return try await artifacts.store(files, for: lease.id)
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
