public import Logging
public import RedisClient
internal import Synchronization

/// The leased queues of one namespace on a Redis server, seen by one consumer.
///
/// A job is ready, delayed, leased or dead, and in exactly one of these at any time. A lease expires unless it is
/// extended; its fencing token makes a consumer whose lease was lost powerless. Ending leases, forwarding follow-up jobs
/// and leasing the next ones is a single atomic step on the server.
///
/// Every operation may be repeated: when the connection breaks before the reply came, this class repeats it by itself for
/// a while, and the answer tells what was done before (``FinishResult/alreadyDone``) from what came too late
/// (``FinishResult/stale``).
///
/// Operations run to their end even when the task is cancelled, so that a lease can be given back while shutting down;
/// only waiting for work ends at once with `CancellationError`. Any number of tasks may use one object.
public final class LeaseQueues: Sendable {
    /// How many outcomes, leases or entries of a page one call may have at most.
    public static let batchLimit = 1000

    /// The name by which this consumer is known; unique among the consumers that live at the same time.
    public let consumer: String
    /// The queues that were named when connecting.
    public var queues: [QueueName] { desks.all.map(\.configuration.name) }

    let connection: RedisConnection
    let waiting: WaitingConnections
    let namespace: NamespaceKeys
    let desks: LeaseQueueDesks
    /// The number of the last request that leases; drawn at random at first, so that no other consumer has the same.
    let requests = Atomic<UInt64>(.random(in: 1..<1 << 48))
    private let patience: Duration
    private let logger: Logger

    private init(
        connection: RedisConnection, namespace: NamespaceKeys, desks: LeaseQueueDesks, consumer: String,
        patience: Duration, logger: Logger
    ) {
        self.connection = connection
        self.namespace = namespace
        self.desks = desks
        self.consumer = consumer
        self.patience = patience
        self.logger = logger
        waiting = WaitingConnections(configuration: connection.configuration, logger: logger)
    }

    /// Connects, and makes sure that the server never throws away keys.
    /// - Parameters:
    ///   - namespace: what all keys begin with, as `{namespace}:`; 1 to 128 letters, digits and `: _ - .`
    ///   - queues: every queue that is leased from, enqueued into or forwarded to.
    ///   - consumer: a name of 1 to 256 bytes, unique among the consumers that live at the same time.
    ///   - patience: for how long an operation is repeated while there is no connection, before it throws.
    /// - Throws: `RedisError` when there is no such server, ``LeaseQueueError`` when it is unsuitable or an argument wrong.
    public static func connect(
        to configuration: RedisConfiguration, namespace: String, queues: [QueueConfiguration], consumer: String,
        patience: Duration = .seconds(15), logger: Logger
    ) async throws -> LeaseQueues {
        guard (1...256).contains(consumer.utf8.count) else {
            throw LeaseQueueError(.invalidArgument, "A consumer's name has 1 to 256 bytes, not \(consumer.utf8.count).")
        }
        let keys = try NamespaceKeys(namespace)
        let desks = try LeaseQueueDesks(queues, namespace: keys, consumer: consumer)
        let connection = try await RedisConnection.connect(to: configuration, logger: logger)
        try await ServerCheck.check(connection)
        return LeaseQueues(
            connection: connection, namespace: keys, desks: desks, consumer: consumer, patience: patience,
            logger: logger)
    }

    /// Runs `body` on the thread of the connection to the server, as `RedisConnection.withConnectionThread` explains.
    ///
    /// For the loop of a consumer that does little besides leasing and ending: a call costs much less there.
    ///
    /// - Important: Heartbeats of the same object go over the same connection. No long calculations in `body`, and nothing
    ///   that blocks.
    public func withConnectionThread<Result: Sendable, Failure: Error>(
        _ body: @concurrent @Sendable () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await connection.withConnectionThread(body)
    }

    /// Closes the connections. Leases stay as they are, until they run out.
    public func close() async {
        connection.close()
        waiting.close()
    }

    /// Runs a script, again and again while the failure may pass, until patience is at its end.
    /// - Returns: the reply, and an instant before its request was sent.
    func evaluate(
        _ script: RedisScript, _ invocation: RedisInvocation
    ) async throws -> (reply: RedisValue, sent: ContinuousClock.Instant) {
        try await evaluate(script) { _ in invocation }
    }

    /// The same, of an invocation that says how manieth try it is, from 1.
    func evaluate(
        _ script: RedisScript, _ invocation: (_ attempt: Int) throws -> RedisInvocation
    ) async throws -> (reply: RedisValue, sent: ContinuousClock.Instant) {
        var attempt = 0
        return try await repeatedly {
            attempt += 1
            let invocation = try invocation(attempt)
            let sent = ContinuousClock.now
            return (try await connection.evaluate(script, invocation), sent)
        }
    }

    /// Does something that is safe to repeat, again and again while the failure may pass, until patience is at its end.
    func repeatedly<Result>(_ body: () async throws -> Result) async throws -> Result {
        let end = ContinuousClock.now.advanced(by: patience)
        while true {
            do {
                return try await body()
            } catch let error as RedisError where error.isTransient && !connection.isClosed {
                logger.debug("\(error) It is tried again.")
                // A server that answers, but does not serve, needs a moment; a lost connection is waited for anyway.
                let pause = Duration.milliseconds(20)
                guard ContinuousClock.now + pause < end, (try? await Task.sleep(for: pause)) != nil else { throw error }
            }
        }
    }
}
