public import Logging
public import RedisClient
internal import Synchronization

/// The leased queues of one namespace on a Redis server, used by one consumer.
///
/// A job is in exactly one of the states ready, delayed, leased and dead. A lease expires unless it is extended. A
/// consumer that lost its lease can no longer change the job, because its fencing token is not the newest. Ending
/// leases, forwarding follow-up jobs and leasing the next ones is one atomic step on the server.
///
/// Every operation may be repeated. If the connection breaks before the reply, this class repeats the operation for a
/// while. The answer distinguishes outcomes that counted before (``FinishResult/alreadyDone``) from those that came too
/// late (``FinishResult/stale``).
///
/// Operations run to their end even if the task is cancelled, so that a lease can be released during shutdown; only
/// waiting for work ends at once with `CancellationError`. Any number of tasks may use one object.
public final class LeaseQueues: Sendable {
    /// The limit for the outcomes or leases of one call, and for the entries of a page.
    public static let batchLimit = 1000

    /// The consumer's name, unique among the consumers that run at the same time.
    public let consumer: String
    /// The queues that were passed when connecting.
    public var queues: [QueueName] { handles.all.map(\.configuration.name) }

    let connection: RedisConnection
    let blocking: BlockingConnections
    let namespace: NamespaceKeys
    let handles: QueueRegistry
    /// The number of the last request that leases. It begins at random, so that no two consumers use the same numbers.
    let requests = Atomic<UInt64>(.random(in: 1..<1 << 48))
    private let retryTimeout: Duration
    let logger: Logger

    private init(
        connection: RedisConnection, namespace: NamespaceKeys, handles: QueueRegistry, consumer: String,
        retryTimeout: Duration, logger: Logger
    ) {
        self.connection = connection
        self.namespace = namespace
        self.handles = handles
        self.consumer = consumer
        self.retryTimeout = retryTimeout
        self.logger = logger
        blocking = BlockingConnections(configuration: connection.configuration, logger: logger)
    }

    /// Connects, and checks that the server never evicts keys.
    /// - Parameters:
    ///   - configuration: the server's address.
    ///   - namespace: the prefix of all keys, as `{namespace}:`; 1 to 128 letters, digits and `: _ - .`
    ///   - queues: every queue from which jobs are leased, or to which they are enqueued or forwarded.
    ///   - consumer: a name of 1 to 256 bytes, unique among the consumers that run at the same time.
    ///   - retryTimeout: how long an operation is repeated while there is no connection, before it throws.
    ///   - logger: gets a debug message whenever an operation is repeated.
    /// - Throws: `RedisError` if there is no such server, ``LeaseQueueError`` if it is unsuitable or an argument is
    ///   invalid.
    public static func connect(
        to configuration: RedisConfiguration, namespace: String, queues: [QueueConfiguration], consumer: String,
        retryTimeout: Duration = .seconds(15), logger: Logger
    ) async throws -> LeaseQueues {
        guard (1...256).contains(consumer.utf8.count) else {
            throw LeaseQueueError(
                .invalidArgument, "invalid consumer name: expected 1 to 256 bytes, not \(consumer.utf8.count)")
        }
        let keys = try NamespaceKeys(namespace)
        let handles = try QueueRegistry(queues, namespace: keys, consumer: consumer)
        let connection = try await RedisConnection.connect(to: configuration, logger: logger)
        try await ServerCheck.check(connection)
        return LeaseQueues(
            connection: connection, namespace: keys, handles: handles, consumer: consumer, retryTimeout: retryTimeout,
            logger: logger)
    }

    /// Connects, runs `body`, and closes the connections, also if `body` throws.
    ///
    /// The parameters are those of ``connect(to:namespace:queues:consumer:retryTimeout:logger:)``.
    /// - Throws: as `connect` does, and the error of `body`.
    public static func withConnection<Result>(
        to configuration: RedisConfiguration, namespace: String, queues: [QueueConfiguration], consumer: String,
        retryTimeout: Duration = .seconds(15), logger: Logger, _ body: (LeaseQueues) async throws -> Result
    ) async throws -> Result {
        let queues = try await connect(
            to: configuration, namespace: namespace, queues: queues, consumer: consumer, retryTimeout: retryTimeout,
            logger: logger)
        defer { queues.closeConnections() }
        return try await body(queues)
    }

    /// Runs `body` on the thread of the connection to the server; see `RedisConnection.withConnectionThread`.
    ///
    /// Use it for the loop of a consumer that does little more than leasing and ending: a call costs much less there.
    ///
    /// - Important: Heartbeats of the same object use the same connection. `body` must not block or calculate for long.
    public func withConnectionThread<Result: Sendable, Failure: Error>(
        _ body: @concurrent @Sendable () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await connection.withConnectionThread(body)
    }

    /// Closes the connections. Leases continue until they expire.
    public func close() async {
        closeConnections()
    }

    private func closeConnections() {
        connection.close()
        blocking.close()
    }

    /// Runs a script, and repeats it after transient failures until the retry timeout.
    /// - Returns: the reply, and a time before its request was sent.
    func evaluate(
        _ script: RedisScript, _ invocation: RedisInvocation
    ) async throws -> (reply: RedisValue, sent: ContinuousClock.Instant) {
        try await evaluate(script) { _ in invocation }
    }

    /// Runs a script whose invocation contains its attempt number, from 1; see
    /// ``evaluate(_:_:)-(RedisScript,RedisInvocation)``.
    func evaluate(
        _ script: RedisScript, _ invocation: (_ attempt: Int) throws -> RedisInvocation
    ) async throws -> (reply: RedisValue, sent: ContinuousClock.Instant) {
        var attempt = 0
        return try await retrying {
            attempt += 1
            let invocation = try invocation(attempt)
            let sent = ContinuousClock.now
            return (try await connection.evaluate(script, invocation), sent)
        }
    }

    /// Runs `body`, which must be safe to repeat, and repeats it after transient failures until the retry timeout.
    func retrying<Result>(_ body: () async throws -> Result) async throws -> Result {
        let end = ContinuousClock.now.advanced(by: retryTimeout)
        while true {
            do {
                return try await body()
            } catch let error as RedisError where error.isTransient && !connection.isClosed {
                logger.debug("queue operation failed; repeating it", metadata: ["error": "\(error)"])
                // A server that replies, but is not available, needs a moment; a command waits for a lost connection
                // anyway.
                let pause = Duration.milliseconds(20)
                guard ContinuousClock.now + pause < end, (try? await Task.sleep(for: pause)) != nil else { throw error }
            }
        }
    }
}

extension LeaseQueues {
    /// The payload bytes of one call, limited so that no call occupies the server for long.
    private static let bytesPerCall = 4 << 20

    /// Enqueues jobs, in their order.
    ///
    /// A job is not enqueued if its id is already ready, delayed, leased or dead in the queue. Jobs are sent in calls
    /// of up to 1,000, each of which is atomic. If the connection breaks, the answer may be false for a job that this
    /// very call has enqueued.
    /// - Parameters:
    ///   - jobs: any number of jobs.
    ///   - queue: a queue that was passed when connecting.
    ///   - waitTimeout: the total time to wait while the queue is full (``QueueConfiguration/maximumJobs``,
    ///     ``setLimit(_:for:)``).
    /// - Returns: for each job whether it was new.
    /// - Throws: `RedisError`, ``LeaseQueueError``: with the code ``LeaseQueueError/Code/queueFull`` if jobs were
    ///   refused when `waitTimeout` had passed; the jobs before them are in the queue, and all of them may be sent
    ///   again. `CancellationError` while waiting.
    public func enqueue(
        _ jobs: [Job], to queue: QueueName, waitingWhenFull waitTimeout: Duration = .zero
    ) async throws -> [Bool] {
        let end = ContinuousClock.now.advanced(by: waitTimeout)
        var fresh: [Bool] = []
        var pause = Duration.milliseconds(10)
        while true {
            let results = try await offer(Array(jobs[fresh.count...]), to: queue)
            let taken = results.firstIndex(of: .refused) ?? results.endIndex
            fresh += results[..<taken].map { $0 == .new }
            if fresh.count == jobs.count { return fresh }
            if taken > 0 { pause = .milliseconds(10) }
            let rest = ContinuousClock.now.duration(to: end)
            guard rest > .zero else {
                throw LeaseQueueError(
                    .queueFull,
                    "queue '\(queue)' is full (maximumJobs, or the limit that was set for it): the first "
                        + "\(fresh.count) of \(jobs.count) jobs were enqueued; send them again when its consumers have caught up"
                )
            }
            try await Task.sleep(for: min(pause, rest))
            pause = min(pause * 2, .milliseconds(500))
        }
    }

    /// Enqueues jobs, in their order, and returns at once if the queue is full.
    ///
    /// Unlike ``enqueue(_:to:waitingWhenFull:)``, it does not throw if the queue is full. After a new job that was
    /// refused, all further new jobs are refused, too, so that the order is kept.
    /// - Returns: the result for each job.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func offer(_ jobs: [Job], to queue: QueueName) async throws -> [EnqueueResult] {
        let handle = try handles.handle(for: queue)
        for job in jobs { try job.validate(for: handle.configuration) }
        var results: [EnqueueResult] = []
        results.reserveCapacity(jobs.count)
        while results.count < jobs.count {
            let piece = Self.piece(of: jobs[results.count...])
            let (reply, _) = try await evaluate(Scripts.enqueue, invocation(piece, to: handle))
            guard let answers = reply.bytes, answers.count == piece.count else {
                throw LeaseQueueError.unexpectedReply("enqueue", queue)
            }
            results += answers.map { answer in
                switch answer {
                case UInt8(ascii: "1"): .new
                case UInt8(ascii: "0"): .known
                default: .refused
                }
            }
            if answers.contains(UInt8(ascii: "f")) { break }
        }
        results += [EnqueueResult](repeating: .refused, count: jobs.count - results.count)
        return results
    }

    private static func piece(of jobs: ArraySlice<Job>) -> ArraySlice<Job> {
        var bytes = 0
        let end = jobs.prefix(batchLimit).firstIndex { job in
            bytes += job.payload.count
            return bytes > bytesPerCall
        }
        guard let end else { return jobs.prefix(batchLimit) }
        return jobs[..<max(end, jobs.startIndex + 1)]
    }

    private func invocation(_ jobs: ArraySlice<Job>, to handle: QueueHandle) -> RedisInvocation {
        let keys = handle.keys
        var numbers = KeyNumbers(keys: [namespace.control, keys.jobs, keys.wake, keys.rates])
        let rows = jobs.map { job in
            let place = numbers.place(
                of: handle.configuration.name, keys: keys, priority: job.priority, isDelayed: job.delay > .zero)
            return JobRow(place: place.place, job: job)
        }
        var invocation = numbers.invocation
        invocation.append(handle.configuration.name.rawValue)
        invocation.append(handle.configuration.maximumJobs ?? -1)
        for row in rows { row.append(to: &invocation) }
        return invocation
    }
}

extension LeaseQueues {
    /// The longest single blocking wait, hence the worst delay after a lost wake-up.
    static let maxBlockingWait = Duration.seconds(1)

    /// Leases up to `count` jobs: the highest priority first, and within a priority in the order of arrival.
    ///
    /// The same call takes back expired leases, and makes delayed jobs ready that are due.
    /// - Parameters:
    ///   - count: 0 to 1,000.
    ///   - queue: a queue that was passed when connecting.
    ///   - leaseTime: at least 10 ms; `nil` is the queue's lease time.
    ///   - wait: how long to wait if no job is ready. Waiting blocks on the server, with no more than two commands a
    ///     second,
    ///     and ends early if the control state is `drain` or `stop`.
    /// - Throws: `RedisError`, ``LeaseQueueError``, and `CancellationError` while waiting.
    public func lease(
        _ count: Int, from queue: QueueName, leaseTime: Duration? = nil, wait: Duration = .zero
    ) async throws -> LeaseReply {
        let handle = try handles.handle(for: queue)
        let end = ContinuousClock.now.advanced(by: wait)
        while true {
            let reply = try await finishAndLease([], handle, count: count, leaseTime: leaseTime).next
            let rest = ContinuousClock.now.duration(to: end)
            if !reply.leases.isEmpty || count == 0 || rest <= .zero { return reply }
            switch reply.control {
            case .drain, .stop: return reply
            // Blocking on the wake list would return for every new job, although no job may be leased.
            case .pause: try await Task.sleep(for: min(rest, Self.maxBlockingWait))
            case .run:
                // Times are in whole milliseconds: one more, because a wait must not end too early.
                let nextEvent = reply.nextEvent.map { $0 + .milliseconds(1) } ?? Self.maxBlockingWait
                _ = try await waitOnce(for: [handle], within: min(rest, nextEvent, Self.maxBlockingWait))
            }
        }
    }

    /// Waits on the server until one of the queues may have work, or the time limit passes.
    ///
    /// Another consumer may be faster and take the work. Delayed jobs that become due and leases that expire do not end
    /// the wait: limit it to the last reply's ``LeaseReply/nextEvent``.
    /// - Returns: the queues that may have work; `nil` if the time limit passed.
    /// - Throws: `RedisError`, ``LeaseQueueError``, `CancellationError`.
    public func waitForWork(in queues: [QueueName], upTo limit: Duration) async throws -> [QueueName]? {
        let handles = try queues.map { try self.handles.handle(for: $0) }
        guard !handles.isEmpty else {
            throw LeaseQueueError(.invalidArgument, "no queue to wait for; name at least one")
        }
        let end = ContinuousClock.now.advanced(by: limit)
        while true {
            let rest = ContinuousClock.now.duration(to: end)
            if rest <= .zero { return nil }
            if let queue = try await waitOnce(for: handles, within: min(rest, Self.maxBlockingWait)) { return [queue] }
        }
    }

    /// Runs `finish_and_lease.lua`.
    private func finishAndLease(
        _ outcomes: [Outcome], _ handle: QueueHandle, count: Int, leaseTime: Duration?
    ) async throws -> FinishAndLease.Reply {
        guard (0...Self.batchLimit).contains(count) else {
            throw LeaseQueueError(
                .invalidArgument, "invalid number of jobs to lease: expected 0 to \(Self.batchLimit), not \(count)")
        }
        let leaseTime = try Self.checked(leaseTime ?? handle.configuration.leaseTime)
        let request = FinishAndLease.Request(
            outcomes: outcomes, count: count, leaseTime: leaseTime, consumer: consumer,
            number: requests.add(1, ordering: .relaxed).newValue)
        let (reply, sent) = try await evaluate(Scripts.finishAndLease) { attempt in
            try request.invocation(for: handle, handles: handles, attempt: attempt)
        }
        return try FinishAndLease.Reply(reply, queue: handle.configuration.name, sent: sent, leaseTime: leaseTime)
    }

    static func checked(_ leaseTime: Duration) throws -> Duration {
        guard leaseTime >= .milliseconds(10) else {
            throw LeaseQueueError(
                .invalidArgument, "a lease time of \(leaseTime) is too short; it must be at least 10 ms")
        }
        return leaseTime
    }

    private func waitOnce(for handles: [QueueHandle], within limit: Duration) async throws -> QueueName? {
        do {
            let index = try await blocking.takeFirst(of: handles.map(\.keys.wake), within: limit)
            return index.map { handles[$0].configuration.name }
        } catch let error as RedisError where error.isTransient && !connection.isClosed {
            // The caller asks for jobs again, which fails if the server remains unavailable.
            try await Task.sleep(for: min(limit, .milliseconds(100)))
            return nil
        }
    }
}

extension LeaseQueues {
    /// The limit for the jobs that ``lease(id:from:leaseTime:)`` searches.
    public static let maxReadyLookup = 1_000_000

    /// Leases one given job, regardless of the jobs before it in the queue.
    ///
    /// This is for a consumer that was started for this job. The cost grows with the jobs of the same priority that are
    /// before it; a job behind more than ``maxReadyLookup`` others is not leased. The call first takes back expired
    /// leases, and makes delayed jobs ready that are due.
    /// - Parameters:
    ///   - id: the job's id.
    ///   - queue: a queue that was passed when connecting.
    ///   - leaseTime: at least 10 ms; `nil` is the queue's lease time.
    /// - Returns: no lease if the job is not ready, the control state is not `run`, or the budget is used up.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func lease(id: String, from queue: QueueName, leaseTime: Duration? = nil) async throws -> LeaseReply {
        _ = try await lease(0, from: queue)
        return try await leaseByID(
            id, from: queue, leaseTime: leaseTime, number: requests.add(1, ordering: .relaxed).newValue)
    }

    /// Runs `lease_by_id.lua`.
    /// - Parameters:
    ///   - number: the unique number of the request.
    ///   - first: the number of the first attempt.
    func leaseByID(
        _ id: String, from queue: QueueName, leaseTime: Duration?, number: UInt64, first: Int = 1
    ) async throws -> LeaseReply {
        let handle = try handles.handle(for: queue)
        let (keys, leaseTime) = (handle.keys, try Self.checked(leaseTime ?? handle.configuration.leaseTime))
        let (reply, sent) = try await evaluate(Scripts.leaseByID) { attempt in
            var invocation = RedisInvocation(
                keys: [namespace.control, keys.jobs, keys.held, keys.leases, keys.rates, keys.consumers]
                    + keys.readyByPriority)
            invocation.append(queue.rawValue)
            invocation.append(consumer)
            invocation.append(leaseTime.milliseconds)
            invocation.append(id)
            invocation.append(number)
            invocation.append(first + attempt - 1)
            invocation.append(Self.maxReadyLookup)
            return invocation
        }
        return try FinishAndLease.Reply(reply, queue: queue, sent: sent, leaseTime: leaseTime).next
    }
}

extension LeaseQueues {
    /// Ends leases, forwards their follow-up jobs and leases the next jobs, in one atomic step on the server.
    ///
    /// An outcome counts only if its lease's token is the newest of the job. Otherwise it changes nothing, and its
    /// follow-up jobs are not enqueued. The call is safe to repeat.
    /// - Parameters:
    ///   - outcomes: up to 1,000, all of leases of `queue`, with any number of follow-up jobs.
    ///   - queue: a queue that was passed when connecting.
    ///   - leaseNext: how many jobs to lease next, 0 to 1,000.
    ///   - leaseTime: the lease time of the next jobs; `nil` is the queue's.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func finish(
        _ outcomes: [Outcome], in queue: QueueName, leaseNext: Int = 0, leaseTime: Duration? = nil
    ) async throws -> FinishReply {
        let handle = try handles.handle(for: queue)
        guard outcomes.count <= Self.batchLimit else {
            throw LeaseQueueError(
                .invalidArgument,
                "too many outcomes: one call ends up to \(Self.batchLimit) leases, not \(outcomes.count)")
        }
        guard outcomes.allSatisfy({ $0.lease.queue == queue }) else {
            throw LeaseQueueError(
                .invalidArgument, "one call ends leases of one queue, but not all of these are of queue '\(queue)'")
        }
        let reply = try await finishAndLease(outcomes, handle, count: leaseNext, leaseTime: leaseTime)
        guard reply.results.count == outcomes.count else {
            throw LeaseQueueError.unexpectedReply("finish_and_lease", queue)
        }
        for outcome in outcomes { outcome.lease.state.expire() }
        return FinishReply(
            results: reply.results.map { letter in
                switch letter {
                case UInt8(ascii: "d"), UInt8(ascii: "x"): .done
                case UInt8(ascii: "a"): .alreadyDone
                default: .stale
                }
            },
            deadLettered: reply.results.map { $0 == UInt8(ascii: "x") }, next: reply.next)
    }
}

extension LeaseQueues {
    /// Extends leases: the heartbeat of a consumer, one round trip for any number of leases.
    ///
    /// Moves ``Lease/expires`` of the leases that hold, and makes the lost ones invalid at once. Sends each
    /// ``Lease/note``.
    /// - Parameters:
    ///   - leases: leases of any queues.
    ///   - time: how long they hold from now on, at least 10 ms; `nil` is the time for which each was leased.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func extend(_ leases: [Lease], by time: Duration? = nil) async throws -> ExtendReply {
        try await extend(leases, by: time) { try await self.evaluate($0, $1) }
    }

    /// Runs a script, and returns its reply and a time before its request was sent.
    typealias Evaluator =
        @Sendable (RedisScript, RedisInvocation) async throws -> (reply: RedisValue, sent: ContinuousClock.Instant)

    /// Extends leases with calls of `evaluate`.
    func extend(_ leases: [Lease], by time: Duration? = nil, _ evaluate: @escaping Evaluator) async throws
        -> ExtendReply
    {
        let groups = Dictionary(grouping: leases.indices) { index in
            Group(queue: leases[index].queue, leaseTime: time ?? leases[index].leaseTime)
        }
        let pieces = groups.flatMap { group, indices in
            indices.pieces(of: Self.batchLimit).map { (group: group, indices: $0) }
        }
        if pieces.count == 1 {
            let reply = try await extend(leases, pieces[0].group, evaluate)
            return ExtendReply(
                held: reply.held, control: reply.control, controls: [pieces[0].group.queue: reply.control])
        }
        // All at once, so that they are sent together.
        return try await withThrowingTaskGroup { tasks in
            for piece in pieces {
                tasks.addTask {
                    (piece, try await self.extend(piece.indices.map { leases[$0] }, piece.group, evaluate))
                }
            }
            var held = [Bool](repeating: false, count: leases.count)
            var control = ControlState.run
            var controls: [QueueName: ControlState] = [:]
            for try await (piece, reply) in tasks {
                for (index, holds) in zip(piece.indices, reply.held) { held[index] = holds }
                if reply.control.strictness > control.strictness { control = reply.control }
                controls[piece.group.queue] = reply.control
            }
            return ExtendReply(held: held, control: control, controls: controls)
        }
    }

    private struct Group: Hashable {
        let queue: QueueName
        let leaseTime: Duration
    }

    private func extend(
        _ leases: [Lease], _ group: Group, _ evaluate: Evaluator
    ) async throws -> (held: [Bool], control: ControlState) {
        let leaseTime = try Self.checked(group.leaseTime)
        let handle = try handles.handle(for: group.queue)
        var invocation = handle.extendKeys
        invocation.append(group.queue.rawValue)
        invocation.append(consumer)
        invocation.append(handle.presence.isDue() ? 1 : 0)
        invocation.append(leaseTime.milliseconds)
        invocation.append(leases.count)
        for lease in leases { invocation.append(lease.id) }
        for lease in leases { invocation.append(lease.token.rawValue, digits: 16) }
        let notes = leases.map(\.note)
        if notes.contains(where: { !$0.isEmpty }) { for note in notes { invocation.append(note) } }
        let (reply, sent) = try await evaluate(Scripts.extend, invocation)
        guard let elements = reply.elements, elements.count == 2,
            let control = elements[0].text.flatMap(ControlState.init(rawValue:)), let letters = elements[1].bytes,
            letters.count == leases.count
        else { throw LeaseQueueError.unexpectedReply("extend", group.queue) }
        let held = letters.map { $0 == UInt8(ascii: "1") }
        for (lease, holds) in zip(leases, held) {
            if holds {
                lease.state.extend(sent: sent, leaseTime: leaseTime)
            } else {
                lease.state.expire()
            }
        }
        return (held, control)
    }
}
