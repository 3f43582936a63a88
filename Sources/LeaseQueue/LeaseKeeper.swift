internal import Logging
internal import RedisClient
internal import Support
internal import Synchronization

/// Extends leases while work runs under them, and cancels the work under a lease that is lost.
///
/// One task extends all leases that are held, in one round trip. Heartbeats have a separate connection, so that no other
/// command delays them, and a short time limit, so that three of them fit into a lease.
///
/// A lease is lost when the server says so. While the server is silent, the work continues, and heartbeats are tried
/// again: if no other consumer got the job, the next one that arrives extends the lease, even if it has expired. If
/// another consumer got it, the fencing token keeps the results of this work from counting.
///
/// ```swift
/// try await withLeaseKeeper(queues) { keeper in
///     while let lease = try await queues.lease(1, from: "resize", wait: .seconds(60)).leases.first {
///         let picture = try await keeper.hold(lease) { try await resize(lease.payload) }
///         _ = try await queues.finish([.complete(lease)], in: "resize")
///     }
/// }
/// ```
public final class LeaseKeeper: Sendable {
    /// The time between two extensions.
    public let heartbeatInterval: Duration
    private let queues: LeaseQueues
    private let connection: HeartbeatConnection
    private let clock: LeaseClock
    private let onHeartbeat: @Sendable () -> Void
    private let held = Mutex<(lastNumber: Int, tasks: [Int: SupervisedTask])>((0, [:]))

    /// Creates a keeper, which extends leases while ``run()`` runs. See
    /// ``withLeaseKeeper(_:heartbeatInterval:onHeartbeat:_:)``.
    public convenience init(
        _ queues: LeaseQueues, heartbeatInterval: Duration? = nil, onHeartbeat: @escaping @Sendable () -> Void = {}
    ) {
        self.init(
            queues, heartbeatInterval: heartbeatInterval, clock: .continuous, onHeartbeat: onHeartbeat)
    }

    /// - Parameter clock: tests replace it to let time pass without waiting.
    package init(
        _ queues: LeaseQueues, heartbeatInterval: Duration? = nil, clock: LeaseClock,
        onHeartbeat: @escaping @Sendable () -> Void = {}
    ) {
        let shortest = queues.handles.all.map(\.configuration.leaseTime).min() ?? .seconds(30)
        let interval = max(heartbeatInterval ?? shortest / 3, .milliseconds(3))
        self.heartbeatInterval = interval
        self.queues = queues
        connection = HeartbeatConnection(
            to: queues.connection.configuration, limit: min(interval / 2, (shortest - interval) / 3),
            logger: queues.logger)
        self.clock = clock
        self.onHeartbeat = onHeartbeat
    }

    /// Extends the held leases at every heartbeat, until the task is cancelled.
    public func run() async {
        var pause = heartbeatInterval
        while (try? await clock.sleep(clock.now().advanced(by: pause))) != nil {
            let tasks = held.withLock { Array($0.tasks.values) }
            if !tasks.isEmpty, !queues.connection.isClosed {
                let hasReply = await beat(tasks)
                onHeartbeat()
                // A heartbeat that failed is tried again soon.
                pause = hasReply ? heartbeatInterval : heartbeatInterval / 20
            } else {
                pause = heartbeatInterval
            }
        }
    }

    /// Extends the leases of `tasks` once, and ends those whose lease is lost.
    /// - Returns: whether the server answered.
    private func beat(_ tasks: [SupervisedTask]) async -> Bool {
        let reply: ExtendReply
        do {
            reply = try await queues.extend(tasks.flatMap(\.leases)) { [connection] script, invocation in
                try await connection.evaluate(script, invocation)
            }
        } catch {
            queues.logger.debug("heartbeat failed; trying it again", metadata: ["error": "\(error)"])
            return false
        }
        var held = reply.held[...]
        for task in tasks {
            let holds = held.prefix(task.leases.count)
            held = held.dropFirst(task.leases.count)
            if let lost = zip(task.leases, holds).first(where: { !$1 })?.0 {
                task.end(.lost(lost))
            } else if let stopped = task.leases.first(where: { reply.controls[$0.queue] == .stop }) {
                task.end(.stopped(stopped))
            }
        }
        return true
    }

    /// Works under a lease and keeps it: ``hold(_:_:)-([Lease],_)`` with one lease.
    public func hold<Result: Sendable>(
        _ lease: Lease, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await hold([lease], work)
    }

    /// Works under some leases and keeps all of them.
    ///
    /// If the server says that one of them is lost, or that the consumers of its queue have to stop, cancels the work and
    /// waits until it has ended. Results that the work produces afterwards must not count for a lost lease: ending that lease is answered
    /// as stale. The other leases are not affected.
    /// - Returns: the result of `work`. The lease may be lost before it is ended, and may have been before, if the server
    ///   was silent.
    /// - Throws: ``LeaseQueueError`` with the code `leaseLost` or `stopped` if the work was cancelled for that reason;
    ///   otherwise the error of `work`. `invalidArgument` for a lease that is too short for ``heartbeatInterval``.
    public func hold<Result: Sendable>(
        _ leases: [Lease], _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard !leases.isEmpty else { return try await work() }
        if let short = leases.map(\.leaseTime).min(), short < heartbeatInterval * 2 {
            throw LeaseQueueError(
                .invalidArgument,
                "a lease of \(short) is too short for a heartbeat every \(heartbeatInterval); use a shorter interval")
        }
        let task = SupervisedTask(leases)
        let number = add(task)
        defer { remove(number) }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                await task.waitForEnd()
                return nil
            }
            do {
                if let result = try await group.next() ?? nil {
                    group.cancelAll()
                    return result
                }
            } catch {
                group.cancelAll()
                // The error of the work, unless the work was cancelled because of a lease.
                guard let reason = task.reason, error is CancellationError else { throw error }
                throw reason
            }
            group.cancelAll()
            guard let reason = task.reason else { throw CancellationError() }
            _ = await group.nextResult()
            throw reason
        }
    }

    private func add(_ task: SupervisedTask) -> Int {
        held.withLock { held in
            held.lastNumber += 1
            held.tasks[held.lastNumber] = task
            return held.lastNumber
        }
    }

    private func remove(_ number: Int) {
        held.withLock { held in held.tasks[number] = nil }
    }
}

/// Runs `body` with a keeper that extends leases until `body` ends.
/// - Parameters:
///   - queues: the queues that the leases come from.
///   - heartbeatInterval: the time between two extensions; `nil` is a third of the shortest lease time of all queues. A
///     lease
///     that is shorter than twice this interval cannot be held.
///   - onHeartbeat: called after every heartbeat, whether the server answered it or not.
/// - Throws: the error of `body`.
public func withLeaseKeeper<Result: Sendable>(
    _ queues: LeaseQueues, heartbeatInterval: Duration? = nil, onHeartbeat: @escaping @Sendable () -> Void = {},
    _ body: (LeaseKeeper) async throws -> Result
) async rethrows -> Result {
    try await withLeaseKeepers([queues], heartbeatInterval: heartbeatInterval, onHeartbeat: onHeartbeat) {
        try await body($0[0])
    }
}

/// Runs `body` with a keeper for each of several connections, for a consumer that works for several namespaces.
/// - Parameters:
///   - queues: the queues that the leases come from.
///   - heartbeatInterval: as for ``withLeaseKeeper(_:heartbeatInterval:onHeartbeat:_:)``.
///   - onHeartbeat: called after every heartbeat of one keeper, whether the server answered it or not.
///   - body: gets the keepers in the order of `queues`.
/// - Throws: the error of `body`.
public func withLeaseKeepers<Result: Sendable>(
    _ queues: [LeaseQueues], heartbeatInterval: Duration? = nil, onHeartbeat: @escaping @Sendable () -> Void = {},
    _ body: ([LeaseKeeper]) async throws -> Result
) async rethrows -> Result {
    let keepers = queues.map { LeaseKeeper($0, heartbeatInterval: heartbeatInterval, onHeartbeat: onHeartbeat) }
    return try await withThrowingTaskGroup(of: Void.self) { group in
        for keeper in keepers { group.addTask { await keeper.run() } }
        defer { group.cancelAll() }
        return try await body(keepers)
    }
}

/// The clock of a ``LeaseKeeper``: reads the time of this machine's monotonic clock, and sleeps until a time.
package struct LeaseClock: Sendable {
    package let now: @Sendable () -> ContinuousClock.Instant
    /// Throws `CancellationError` if the task is cancelled.
    package let sleep: @Sendable (_ deadline: ContinuousClock.Instant) async throws -> Void

    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (_ deadline: ContinuousClock.Instant) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The system's clock.
    package static let continuous = LeaseClock(
        now: { .now }, sleep: { try await Task.sleep(until: $0, clock: .continuous) })
}

/// Work that runs under some leases, and the reason for which it has to end.
private final class SupervisedTask: Sendable {
    let leases: [Lease]
    private let ending = AsyncPromise<LeaseQueueError>()

    init(_ leases: [Lease]) {
        self.leases = leases
    }

    /// The reason for which the work has to end; `nil` if it may continue.
    var reason: LeaseQueueError? { try? ending.current?.get() }

    /// Makes the work end. Only the first reason counts.
    func end(_ reason: LeaseQueueError) {
        ending.resolve(.success(reason))
    }

    /// Returns when the work has to end, or when the task is cancelled.
    func waitForEnd() async {
        _ = try? await ending.valueUnlessCancelled()
    }
}

extension LeaseQueueError {
    fileprivate static func lost(_ lease: Lease) -> LeaseQueueError {
        LeaseQueueError(
            .leaseLost,
            "the lease on job '\(lease.id)' of queue '\(lease.queue)' was lost and its work cancelled; another "
                + "consumer gets the job")
    }

    fileprivate static func stopped(_ lease: Lease) -> LeaseQueueError {
        LeaseQueueError(
            .stopped,
            "the consumers of queue '\(lease.queue)' have to stop, so the work on job '\(lease.id)' was cancelled; "
                + "release the job")
    }
}
