internal import ArtifactStore
internal import FoundationEssentials
internal import LeaseQueue
internal import Logging
internal import ModelRunner
internal import ParameterSpace
internal import SystemPackage

/// Makes one attempt at one leased point, with heartbeats for as long as the model runs.
struct AttemptRunner: Sendable {
    let definition: ExplorationDefinition
    let model: any Model
    let artifacts: (any ArtifactStore)?
    let queues: LeaseQueues
    let origin: AttemptOrigin
    let settings: Worker.Settings
    let logger: Logger

    enum End: Sendable {
        /// The attempt ended, well or badly.
        case settled(Outcome)
        /// The lease is somebody else's now; nothing is to be reported.
        case lost
        /// The operator wants the model ended, and it was.
        case stopped
        /// The process is to end, and the model was ended.
        case interrupted
    }

    private enum Event: Sendable {
        case model(Outcome?)
        case heartbeat(Heartbeat.End)
    }

    func run(_ lease: Lease) async -> End {
        let point: Point
        let proposal: PointMessage
        do {
            (point, proposal) = try decode(lease)
        } catch {
            logger.error("a job is of no use", metadata: ["job": "\(lease.id)", "error": "\(error)"])
            return .settled(.fail(lease, error: "\(error)", forward: []))
        }
        let attempt = origin.attempt(at: point, under: lease)
        await announce(attempt, lease)

        return await withTaskGroup(of: Event.self) { group in
            group.addTask { .model(await outcome(of: lease, point, proposal, attempt)) }
            group.addTask {
                .heartbeat(await Heartbeat(queues: queues, leaseTime: definition.policy.leaseTime).beat(for: lease))
            }
            var end: End = .interrupted
            while let event = await group.next() {
                switch event {
                case .model(let outcome?): end = .settled(outcome)
                case .model(nil): break
                case .heartbeat(.lost): end = .lost
                case .heartbeat(.stopped): end = .stopped
                case .heartbeat(.ended): break
                }
                group.cancelAll()
            }
            return end
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
                description: "the code \(message.code) has the hash \(hash), not \(lease.id): is this worker's "
                    + "definition of '\(definition.name)' the one that the exploration was started with?")
        }
        return (point, message)
    }

    /// Tells the ledger that the run has begun. The result stands on its own, so this is not worth failing for.
    private func announce(_ attempt: AttemptMessage, _ lease: Lease) async {
        let message = RingMessage.running(RunningMessage(attempt: attempt))
        let job = Job(id: attemptID(lease), payload: message.payload())
        do {
            _ = try await queues.enqueue([job], to: RingQueues.runningSQL)
        } catch {
            logger.warning("the start of a run could not be announced", metadata: ["error": "\(error)"])
        }
    }

    /// Runs the model; nil where it was ended because the lease is gone or the process is to end.
    private func outcome(
        of lease: Lease, _ point: Point, _ proposal: PointMessage, _ attempt: AttemptMessage
    ) async -> Outcome? {
        let directory = settings.runFolder.appending("\(lease.id)-\(lease.token.rawValue)")
        var keepsDirectory = false
        defer { if !keepsDirectory { try? FileManager.default.removeItem(atPath: directory.string) } }
        do {
            let result = try await run(point, lease, proposal, directory)
            let location = try await artifacts?.keep(result.artifacts, under: lease.id)
            let verdict = result.verdict == .stable ? RingQueues.completeStableSQL : RingQueues.completeUnstableSQL
            let message = ResultMessage(
                attempt: attempt, endedAt: WallClock.microseconds(), verdict: result.verdict,
                message: result.message, iterations: result.iterations, outputs: result.outputs, artifact: location,
                peakMemory: result.peakMemoryBytes, logTail: result.logTail.map(LogEnd.of),
                exitStatus: result.logTail.map { _ in "exit 0" })
            let job = Job(id: lease.id, payload: RingMessage.result(message).payload())
            return .complete(lease, forward: [Forward(queue: verdict, job: job)])
        } catch is CancellationError {
            return nil
        } catch {
            keepsDirectory = settings.keepsFailedRuns
            let failure = error as? ModelFailure
            let message = FailureMessage(
                attempt: attempt, endedAt: WallClock.microseconds(), kind: failure?.kind.name ?? "worker",
                message: failure?.message ?? "\(error)", logTail: failure?.logTail ?? "",
                exitStatus: failure?.kind.exitStatus, peakMemory: failure?.peakMemoryBytes)
            logger.warning(
                "an attempt failed",
                metadata: ["point": "\(point.code)", "attempt": "\(lease.attempt)", "error": "\(message.message)"])
            let job = Job(id: attemptID(lease), payload: RingMessage.failure(message).payload())
            return .fail(
                lease, error: "\(message.kind): \(message.message)",
                forward: [Forward(queue: RingQueues.errorSQL, job: job)])
        }
    }

    private func run(
        _ point: Point, _ lease: Lease, _ proposal: PointMessage, _ directory: FilePath
    ) async throws -> ModelResult {
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        var parent: FilePath?
        if let artifacts, let hash = proposal.parent {
            let folder = directory.appending("parent")
            if try await artifacts.fetch(hash, into: folder) { parent = folder }
        }
        let values = zip(definition.space.parameters, point.values).map {
            NamedValue(name: $0.name, value: $1.description)
        }
        let input = ModelInput(hash: lease.id, code: point.code, values: values)
        return try await model.run(input, limits: definition.policy.limits, parent: parent, directory: directory)
    }

    /// One for each attempt, so that the messages of two attempts at a point cannot be taken for one another.
    private func attemptID(_ lease: Lease) -> String {
        "\(lease.id)#\(lease.token.rawValue)"
    }
}
