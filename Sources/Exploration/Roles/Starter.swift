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
    /// - Throws: ``UnservedStrategy``; what the queue throws.
    package func run() async throws -> Bool {
        guard case .flood = definition.strategy else { throw UnservedStrategy() }
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

/// The exploration's strategy is one that the roles cannot carry out.
package struct UnservedStrategy: Error, CustomStringConvertible {
    package var description: String {
        "the roles carry out the strategy 'flood' alone; set 'strategy.kind' to flood"
    }
}
