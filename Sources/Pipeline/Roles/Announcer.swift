internal import LeaseQueue
internal import Logging

/// Tells the ledger which run a worker makes, where the run lasts long enough for anybody to ask. Of a shorter one the
/// ledger hears when it has ended.
struct Announcer: Sendable {
    let queues: LeaseQueues
    package let logger: Logger

    /// A run that lasts at least this long, and at most twice as long, is announced.
    private static let pause = Duration.seconds(1)

    /// Announces the attempts that last, until the task is cancelled.
    func announce(in progress: BatchProgress) async {
        var seen: UInt64?
        var announced: UInt64?
        while (try? await Task.sleep(for: Self.pause)) != nil {
            guard let attempt = progress.attempt, attempt.token != announced else { continue }
            if attempt.token == seen, await tell(attempt) { announced = attempt.token }
            seen = attempt.token
        }
    }

    /// - Returns: whether the queue has taken the message. The result stands on its own, so a failure is only logged.
    private func tell(_ attempt: AttemptMessage) async -> Bool {
        let message = RingMessage.running(RunningMessage(attempt: attempt))
        do {
            _ = try await queues.enqueue(
                [Job(id: attempt.jobID, payload: message.payload())], to: RingQueues.runningSQL)
            return true
        } catch {
            logger.warning("the start of a run could not be announced", metadata: ["error": "\(error)"])
            return false
        }
    }
}
