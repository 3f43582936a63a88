internal import ArtifactStore
internal import CoreMetrics
internal import ExplorationFile
internal import FoundationEssentials
internal import LeaseQueue
internal import Logging
internal import ModelRunner
internal import ParameterSpace
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
    ///   - progress: is told when the model starts.
    ///   - modelLock: held while the model runs; files are fetched and kept without it.
    /// - Returns: what becomes of the point's job; nil where the task was cancelled, and the run with it.
    func run(_ lease: Lease, _ progress: BatchProgress, _ modelLock: AsyncMutex) async -> Outcome? {
        do {
            let (point, proposal) = try decode(lease)
            return await outcome(of: lease, point, proposal, progress, modelLock)
        } catch {
            logger.error("a job is of no use", metadata: ["job": "\(lease.id)", "error": "\(error)"])
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
                description: "the code \(message.code) has the hash \(hash), not \(lease.id): is this worker's "
                    + "definition of '\(definition.name)' the one that the exploration was started with?")
        }
        return (point, message)
    }

    /// Runs the model; nil where it was ended because the lease is gone or the process is to end.
    private func outcome(
        of lease: Lease, _ point: Point, _ proposal: PointMessage, _ progress: BatchProgress, _ modelLock: AsyncMutex
    ) async -> Outcome? {
        let directory = settings.runFolder.appending("\(lease.id)-\(lease.token.rawValue)")
        var keepsDirectory = false
        defer {
            if model.usesFiles, !keepsDirectory { try? FileManager.default.removeItem(atPath: directory.string) }
        }
        if lease.attempt > 1 { RingMetrics.retries.increment() }
        var begun: AttemptMessage?
        var start = ContinuousClock.now
        do {
            let parent = try await prepare(directory, proposal)
            let asked = ContinuousClock.now
            let (attempt, result) = try await modelLock.withLock {
                let attempt = origin.attempt(at: point, under: lease)
                begun = attempt
                start = .now
                progress.begin(attempt, waited: asked.duration(to: start))
                return (attempt, try await run(point, lease, parent, directory))
            }
            RingMetrics.attempt(ended: result.verdict.rawValue, in: start.duration(to: .now))
            let location = try await keep(result, of: lease)
            let verdict = result.verdict == .stable ? RingQueues.completeStableSQL : RingQueues.completeUnstableSQL
            let message = ResultMessage(
                attempt: attempt, endedAt: UTC.microsecondsNow, verdict: result.verdict,
                message: result.message, iterations: result.iterations, outputs: result.outputs, artifact: location,
                peakMemory: result.peakMemoryBytes, logTail: result.logTail.map(LogEnd.of),
                exitStatus: result.logTail.map { _ in "exit 0" })
            let job = Job(id: lease.id, payload: RingMessage.result(message).payload())
            return .complete(lease, forward: [Forward(queue: verdict, job: job)])
        } catch is CancellationError {
            return nil
        } catch {
            keepsDirectory = settings.keepsFailedRuns
            if model.usesFiles { await keepRemains(of: lease, in: directory) }
            let failure = error as? ModelFailure
            RingMetrics.attempt(ended: failure?.kind.name ?? "worker", in: start.duration(to: .now))
            let attempt = begun ?? origin.attempt(at: point, under: lease)
            let message = FailureMessage(
                attempt: attempt, endedAt: UTC.microsecondsNow, kind: failure?.kind.name ?? "worker",
                message: failure?.message ?? "\(error)", logTail: failure?.logTail ?? "",
                exitStatus: failure?.kind.exitStatus, peakMemory: failure?.peakMemoryBytes)
            logger.warning(
                "an attempt failed",
                metadata: ["point": "\(point.code)", "attempt": "\(lease.attempt)", "error": "\(message.message)"])
            let job = Job(id: attempt.jobID, payload: RingMessage.failure(message).payload())
            return .fail(
                lease, error: "\(message.kind): \(message.message)",
                forward: [Forward(queue: RingQueues.errorSQL, job: job)])
        }
    }
}
