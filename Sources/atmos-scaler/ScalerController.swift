internal import Health
internal import KubernetesClient
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import Scaler
internal import ServiceLifecycle
internal import Synchronization

/// The scaler as a controller: for as long as it leads, a round every few seconds; its health is that rounds succeed.
final class ScalerController: Service {
    private let command: ApplyCommand
    private let heartbeat: Heartbeat
    private let logger: Logger
    /// What was said last of each queue: a line that is the same again is not repeated.
    private let said = Mutex<[String: [String]]>([:])

    init(_ command: ApplyCommand, heartbeat: Heartbeat, logger: Logger) {
        self.command = command
        self.heartbeat = heartbeat
        self.logger = logger
    }

    /// How long a healthy scaler may go without a round, or, where another leads, without a look at the Lease: through an
    /// outage that the other roles bear, too.
    static func heartbeat(every seconds: Double) -> Heartbeat {
        Heartbeat("rounds", limit: max(RoleLoop.patience, .seconds(seconds) * 4))
    }

    func run() async throws {
        let options = command.options
        let election = LeaderElection(
            client: command.client, namespace: command.renderer.namespace, name: options.lease,
            identity: command.instance, logger: logger, whileWaiting: heartbeat.beat)
        let loop = ScalerLoop(election: election, interval: .seconds(options.every), logger: logger)
        let answer = options.deployment.map { deployment in
            SuspensionAnswer(
                client: command.client, namespace: command.renderer.namespace, deployment: deployment,
                lease: options.lease, identity: command.instance, logger: logger)
        }
        do {
            try await cancelWhenGracefulShutdown {
                try await loop.run {
                    try await answer?.give()
                    try await self.command.rounds(report: self.report)
                    self.heartbeat.beat()
                }
            }
        } catch is CancellationError {}
    }

    private func report(_ round: ScalerRound, _ work: QueueWork) {
        let key = "\(work.exploration) \(work.queue)"
        let lines = ApplyCommand.lines(round, of: work)
        let new = said.withLock { said in
            defer { said[key] = lines }
            return lines.filter { !(said[key] ?? []).contains($0) }
        }
        let isTrouble = !round.warnings.isEmpty || !round.live.problems.isEmpty
        for line in new { logger.log(level: isTrouble ? .warning : .notice, "\(line)") }
    }
}
