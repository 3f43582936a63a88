internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger

extension DataOptions {
    /// Opens the ledger and the queues of an exploration for as long as `body` takes.
    ///
    /// - Parameter name: the exploration's; nil for the only one.
    func withRing<Result: Sendable>(
        of name: String?, _ redis: RedisOptions, as role: String, logger: Logger,
        _ body: @Sendable @escaping (Ring) async throws -> Result
    ) async throws -> Result {
        try await withLedger(mentioning: name ?? "", logger: logger) { ledger, servers in
            let definition = try await ExplorationChoice.choose(name, from: ledger.registered()).readDefinition()
            let queues = try await LeaseQueues.connect(
                to: servers?.redisConfiguration() ?? redis.configuration(), namespace: definition.namespace,
                queues: RingQueues.configurations(for: definition.policy),
                consumer: ConsumerName(role: role).description, logger: logger)
            let result: Result
            do {
                result = try await body(
                    Ring(definition: definition, queues: queues, ledger: ledger, logger: logger))
            } catch {
                await queues.close()
                throw error
            }
            await queues.close()
            return result
        }
    }
}
