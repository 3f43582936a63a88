internal import KubernetesClient
internal import LeaseQueue
internal import Logging
internal import Scaler

/// Queues points of an exploration's failed Jobs again, and returns the ids of those that wait now.
typealias RequeueHandler = @Sendable (_ exploration: String, [PointJob]) async throws -> Set<String>

/// The scaler's rounds over all queues.
struct ScalerRounds: Sendable {
    let options: ScalingOptions
    let reader: QueueReportReader
    let renderer: WorkerRenderer
    /// Whether there is a Job for each point.
    let perJob: Bool
    /// Queues points of failed Jobs again; `nil` to leave them alone.
    var requeue: RequeueHandler?
    var isDryRun = false
    let client: KubernetesClient
    /// The name of this scaler among several.
    let instance: String
    let logger: Logger

    /// Does one round for each queue. A failed round does not prevent the others.
    ///
    /// - Parameter report: called after each round.
    /// - Throws: the last error.
    func rounds(report: (ScalerRound, QueueReportEntry) -> Void) async throws {
        var failure: (any Error)?
        for entry in try await reader.read() {
            do {
                report(try await round(entry), entry)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                if let failure { logger.error("round failed", metadata: ["error": "\(failure)"]) }
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func round(_ entry: QueueReportEntry) async throws -> ScalerRound {
        let scaler = Scaler(
            client: client,
            group: WorkerGroup(
                exploration: entry.exploration, queue: entry.queue.rawValue, namespace: renderer.namespace),
            retention: options.retention, deployment: options.deployment, isDryRun: isDryRun, instance: instance,
            logger: logger)
        if perJob, let source = PointSource(reader, entry) { return try await round(scaler, entry, source) }
        return try await scaler.round { live in
            entry.with(live: live).decision(renderer.policy)
        } render: { decision, live in
            try renderer.render(decision, for: entry.with(live: live))
        }
    }

    private func round(_ scaler: Scaler, _ entry: QueueReportEntry, _ source: PointSource) async throws -> ScalerRound {
        let requeue = requeue.map { requeue in { try await requeue(entry.exploration, $0) } }
        return try await scaler.round(on: entry, policy: renderer.policy, ready: source.ready, requeue: requeue) {
            point, decision, live in
            try renderer.render(decision, for: entry.with(live: live), point: point)
        }
    }

    /// A round as text for the operator.
    static func lines(_ round: ScalerRound, of entry: QueueReportEntry) -> [String] {
        let name = "\(entry.exploration) \(entry.queue)"
        return round.lines.map { "\(name): \($0)" } + round.warnings.map { "\(name): the server warns: \($0)" }
            + round.live.problems.map { "\(name): problem: \($0)" }
    }
}
