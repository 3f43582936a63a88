internal import Glibc
internal import Logging
internal import Synchronization

/// What a connection and its thread share: the pipeline, the open socket's number, and the tasks of the thread.
final class ConnectionLink: Sendable {
    typealias Waiter = UnsafeContinuation<RedisValue, any Error>

    private struct State {
        var pipeline = Pipeline<Waiter>()
        /// The way to the server while there is one; only the thread sets it.
        var transport: (any Transport)?
        /// Whoever waits for the first connection.
        var opening: CheckedContinuation<Void, any Error>?

        var outlook: Outlook {
            Outlook(
                isClosed: pipeline.isClosed, hasUnsent: pipeline.hasUnsent, gathers: pipeline.gathers,
                deadline: pipeline.nextDeadline)
        }

        /// Gives the socket what it takes at once.
        /// - Returns: whether bytes are left.
        @discardableResult
        mutating func transmit() -> Bool {
            guard let transport else { return false }
            while pipeline.hasUnsent {
                // A broken socket is the thread's to notice: it sees the same and ends the session.
                guard case .bytes(let count) = pipeline.outgoing.withUnsafeBytes({ transport.send($0) })
                else {
                    return true
                }
                pipeline.sent(count)
            }
            return false
        }
    }

    let configuration: RedisConfiguration
    let executor: ConnectionExecutor
    let logger: Logger
    private let state = Mutex(State())

    init(configuration: RedisConfiguration, executor: ConnectionExecutor, logger: Logger) {
        self.configuration = configuration
        self.executor = executor
        self.logger = logger
    }

    // MARK: Called by anybody

    /// Starts the thread and waits for the first connection.
    func open() async throws {
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { $0.opening = continuation }
            do {
                try DedicatedThread.start { ConnectionThread(link: self).run() }
            } catch {
                opened(.failure(error))
            }
        }
    }

    /// Queues a command. When no reply is outstanding, or the next is slow in coming, the caller's own thread hands it to
    /// the socket, without waiting: that saves a change of threads for every command of a lonely caller. On the
    /// connection's own thread, commands gather until all of its tasks had their turn.
    func submit(_ command: RedisCommand, limit: Duration, _ waiter: Waiter) {
        let deadline = ContinuousClock.now.advanced(by: limit)
        let isHome = executor.isCurrent
        let (accepted, unsent) = state.withLock { state in
            guard state.pipeline.submit(command, waiter, deadline: deadline) else { return (false, false) }
            if isHome { return (true, false) }
            state.pipeline.flush()
            return (true, state.transmit())
        }
        guard accepted else { return waiter.resume(throwing: closedError) }
        // The thread must wait for room in the socket, too.
        if unsent { executor.ring() }
    }

    /// Ends everything; the thread ends by itself.
    func close() {
        let waiters = state.withLock { $0.pipeline.close() }
        executor.ring()
        for waiter in waiters { waiter.resume(throwing: closedError) }
    }

    // MARK: Called by the connection's thread

    var isClosed: Bool { state.withLock { $0.pipeline.isClosed } }

    /// What the thread has to look out for.
    struct Outlook {
        let isClosed: Bool
        /// Whether bytes wait for room in the socket.
        let hasUnsent: Bool
        /// Whether commands may be waiting for the next reply, which they shall not do for long.
        let gathers: Bool
        /// When the next command is overdue.
        let deadline: ContinuousClock.Instant?
    }

    var outlook: Outlook { state.withLock { $0.outlook } }

    /// Sends what may go out and what there is room for in the socket.
    /// - Parameter isSilent: whether nothing came from the server for a while.
    func flush(whenSilent isSilent: Bool) -> Outlook {
        state.withLock { state in
            if isSilent { state.pipeline.stopGathering() } else { state.pipeline.flush() }
            state.transmit()
            return state.outlook
        }
    }

    /// Tells whoever waits for the first connection how it went.
    /// - Returns: false when nobody waits any more.
    @discardableResult
    func opened(_ result: Result<Void, any Error>) -> Bool {
        let opening = state.withLock { $0.opening.take() }
        opening?.resume(with: result)
        return opening != nil
    }

    /// A connection has come about: what waits goes out over it.
    func connected(_ transport: any Transport) {
        state.withLock { state in
            state.transport = transport
            state.pipeline.connect()
            state.transmit()
        }
    }

    /// The socket is about to be closed. The first of those without a reply gets `error`, the others learn that the
    /// connection is gone.
    func disconnected(_ error: RedisError) {
        let waiters = state.withLock { state in
            state.transport = nil
            return state.pipeline.disconnect()
        }
        switch error.code {
        case .timeout: resume(waiters, first: error, others: lostError("it was given up after a time-out"))
        case .readOnly:
            let lost = lostError("the server has become a read-only replica")
            resume(waiters, first: lost, others: lost)
        default: resume(waiters, first: error, others: error)
        }
    }

    private func resume(_ waiters: [Waiter], first: RedisError, others: RedisError) {
        for (index, waiter) in waiters.enumerated() { waiter.resume(throwing: index == 0 ? first : others) }
    }

    /// Hands out replies, and sends what has queued up meanwhile.
    func deliver(_ replies: [RedisValue]) throws {
        let waiters = state.withLock { state in
            let waiters = state.pipeline.answered(replies.count)
            state.transmit()
            return waiters
        }
        var demotion: RedisError?
        for (waiter, reply) in zip(waiters, replies) {
            if case .error(let text) = reply {
                let error = RedisError.reply(text)
                if error.code == .readOnly { demotion = error }
                waiter.resume(throwing: error)
            } else {
                waiter.resume(returning: reply)
            }
        }
        // The next connection may lead to the new master: by the sentinels, or by the same name.
        if let demotion { throw demotion }
        guard waiters.count == replies.count else {
            throw RedisError(
                code: .unexpectedReply, message: "Redis at \(configuration) sent a reply that nobody asked for.")
        }
    }

    /// Whether the oldest command should have been answered by now.
    func isOverdue(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.pipeline.isOverdue(at: now) }
    }

    /// Fails the commands that have waited for a connection until their time was up.
    func expireWaiting(at now: ContinuousClock.Instant, with error: any Error) {
        for waiter in state.withLock({ $0.pipeline.expireWaiting(at: now) }) { waiter.resume(throwing: error) }
    }

    var noConnectionError: RedisError {
        RedisError(code: .timeout, message: "There was no connection to Redis at \(configuration) in time.")
    }

    func lostError(_ reason: String) -> RedisError {
        RedisError(code: .closed, message: "The connection to Redis at \(configuration) broke (\(reason)).")
    }

    private var closedError: RedisError {
        RedisError(code: .closed, message: "The connection to Redis at \(configuration) was closed here.")
    }
}
