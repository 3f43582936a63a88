internal import KubernetesClient
internal import LeaseQueue
internal import Logging
internal import Scaler

/// Queues points of an exploration's failed Jobs again, and answers the ids of those that wait now.
typealias PutBack = @Sendable (_ exploration: String, [PointJob]) async throws -> Set<String>

/// Rounds of the scaler over all queues that are looked at.
struct ApplyCommand: Sendable {
    let options: ApplyOptions
    let reader: WorkReader
    let renderer: WorkerRenderer
    /// Whether there is a Job for each point.
    let perJob: Bool
    /// Puts points of failed Jobs back; nil to leave them alone.
    let putBack: PutBack?
    let client: KubernetesClient
    /// Which one of several scalers this is.
    let instance: String
    let logger: Logger

    /// One round for each queue. What one queue's round fails of does not keep the others from theirs.
    ///
    /// - Parameter report: is told of each round.
    /// - Throws: the last error.
    func rounds(report: (ScalerRound, QueueWork) -> Void) async throws {
        var failure: (any Error)?
        for work in try await reader.read() {
            do {
                report(try await round(work), work)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                if let failure { logger.error("a round failed", metadata: ["error": "\(failure)"]) }
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func round(_ work: QueueWork) async throws -> ScalerRound {
        let scaler = Scaler(
            client: client,
            group: WorkerGroup(
                exploration: work.exploration, queue: work.queue.rawValue, namespace: renderer.namespace),
            retention: JobRetention(
                completed: .seconds(options.keepCompleted), failed: .seconds(options.keepFailed)),
            deployment: options.deployment, isDryRun: options.dryRun == .server, instance: instance, logger: logger)
        if perJob, let source = PointSource(reader, work) { return try await round(scaler, work, source) }
        return try await scaler.round { live in
            var work = work
            work.live = live
            return work.decision(renderer.policy)
        } render: { decision, live in
            var work = work
            work.live = live
            return try renderer.render(decision, for: work)
        }
    }

    private func round(_ scaler: Scaler, _ work: QueueWork, _ source: PointSource) async throws -> ScalerRound {
        let putBack = putBack.map { putBack in { try await putBack(work.exploration, $0) } }
        return try await scaler.round(on: work, policy: renderer.policy, ready: source.ready, putBack: putBack) {
            point, decision, live in
            var work = work
            work.live = live
            return try renderer.render(decision, for: work, point: point)
        }
    }

    /// What a round found and did, for people.
    static func lines(_ round: ScalerRound, of work: QueueWork) -> [String] {
        let name = "\(work.exploration) \(work.queue)"
        return round.lines.map { "\(name): \($0)" } + round.warnings.map { "\(name): the server warns: \($0)" }
            + round.live.problems.map { "\(name): problem: \($0)" }
    }
}
