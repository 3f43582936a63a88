package import LeaseQueue
package import Logging
internal import ParameterSpace

/// Puts the start points of an exploration into the ring. Doing it again changes nothing.
package struct Starter: Sendable {
    let definition: ExplorationDefinition
    let queues: LeaseQueues
    let logger: Logger

    package init(definition: ExplorationDefinition, queues: LeaseQueues, logger: Logger) {
        self.definition = definition
        self.queues = queues
        self.logger = logger
    }

    /// - Returns: whether the start point was not already waiting for the ledger.
    /// - Throws: what the queue throws.
    package func run() async throws -> Bool {
        guard let start = definition.space.start else {
            preconditionFailure("a definition without a start point is refused when it is read")
        }
        let job = Job(
            id: definition.space.hash(of: start).description,
            payload: RingMessage.point(PointMessage(code: start.code, parent: nil)).payload())
        let isNew = try await queues.enqueue([job], to: RingQueues.mainSQL)[0]
        logger.info("start point queued", metadata: ["code": "\(start.code)", "new": "\(isNew)"])
        return isNew
    }
}
