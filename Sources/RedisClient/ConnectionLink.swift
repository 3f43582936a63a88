internal import Glibc
internal import Logging
internal import Synchronization

/// State that a connection and its thread share: the pipeline, the transport, and the tasks of the thread.
final class ConnectionLink: Sendable {
    typealias Waiter = UnsafeContinuation<RedisValue, any Error>

    private struct State {
        var pipeline = Pipeline<Waiter>()
        /// The transport while there is a connection; only the thread sets it.
        var transport: (any Transport)?
        /// The caller that waits for the first connection.
        var opening: CheckedContinuation<Void, any Error>?

        var status: Status {
            Status(
                isClosed: pipeline.isClosed, hasUnsent: pipeline.hasUnsent, isBatching: pipeline.isBatching,
                deadline: pipeline.nextDeadline)
        }

        /// Sends as much as the socket takes without waiting.
        /// - Returns: whether bytes are left.
        @discardableResult
        mutating func transmit() -> Bool {
            guard let transport else { return false }
            while pipeline.hasUnsent {
                // The thread sees a broken socket, too, and ends the session.
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

    // MARK: Called from any thread

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

    /// Queues a command.
    ///
    /// If no reply is outstanding, or the next one is slow, the calling thread writes it to the socket without waiting:
    /// this saves a single caller a change of threads for every command. On the connection's thread, commands are
    /// collected until all of its tasks have run.
    func submit(_ command: RedisCommand, limit: Duration, _ waiter: Waiter) {
        let deadline = ContinuousClock.now.advanced(by: limit)
        let isOnConnectionThread = executor.isCurrent
        let (accepted, unsent) = state.withLock { state in
            guard state.pipeline.submit(command, waiter, deadline: deadline) else { return (false, false) }
            if isOnConnectionThread { return (true, false) }
            state.pipeline.flush()
            return (true, state.transmit())
        }
        guard accepted else { return waiter.resume(throwing: closedError) }
        // The thread has to wait for space in the socket's buffer.
        if unsent { executor.wakeUp() }
    }

    /// Closes the connection and fails all waiting callers; the thread ends by itself.
    func close() {
        let waiters = state.withLock { $0.pipeline.close() }
        executor.wakeUp()
        for waiter in waiters { waiter.resume(throwing: closedError) }
    }

    // MARK: Called by the connection's thread

    var isClosed: Bool { state.withLock { $0.pipeline.isClosed } }

    /// The state that decides for how long, and for which events, the thread may sleep.
    struct Status {
        let isClosed: Bool
        /// Whether bytes wait for space in the socket's buffer.
        let hasUnsent: Bool
        /// Whether commands may be waiting for the next reply, which is allowed for a short time only.
        let isBatching: Bool
        /// The deadline of the next command without a reply.
        let deadline: ContinuousClock.Instant?
    }

    var status: Status { state.withLock { $0.status } }

    /// Sends what is due, as far as the socket takes it.
    /// - Parameter isSilent: whether the last wait ended without a reply.
    func flush(whenSilent isSilent: Bool) -> Status {
        state.withLock { state in
            if isSilent { state.pipeline.stopBatching() } else { state.pipeline.flush() }
            state.transmit()
            return state.status
        }
    }

    /// Resumes the caller that waits for the first connection.
    /// - Returns: false if no caller waits any more.
    @discardableResult
    func opened(_ result: Result<Void, any Error>) -> Bool {
        let opening = state.withLock { $0.opening.take() }
        opening?.resume(with: result)
        return opening != nil
    }

    /// Starts to send over a new connection.
    func connected(_ transport: any Transport) {
        state.withLock { state in
            state.transport = transport
            state.pipeline.connect()
            state.transmit()
        }
    }

    /// Fails all commands that were sent, because the socket is about to be closed. The first one gets `error`.
    func disconnected(_ error: RedisError) {
        let waiters = state.withLock { state in
            state.transport = nil
            return state.pipeline.disconnect()
        }
        switch error.code {
        case .timeout: resume(waiters, first: error, others: lostError("given up after a time-out"))
        case .readOnly:
            let lost = lostError("the server has become a read-only replica")
            resume(waiters, first: lost, others: lost)
        default: resume(waiters, first: error, others: error)
        }
    }

    private func resume(_ waiters: [Waiter], first: RedisError, others: RedisError) {
        for (index, waiter) in waiters.enumerated() { waiter.resume(throwing: index == 0 ? first : others) }
    }

    /// Hands out replies, and sends the commands that were queued in the meantime.
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
        // The next connection may lead to the new master: through the sentinels, or by the same host name.
        if let demotion { throw demotion }
        guard waiters.count == replies.count else {
            throw RedisError(
                code: .unexpectedReply, message: "Redis at \(configuration) sent a reply without a command")
        }
    }

    /// Whether the oldest command that was sent has exceeded its time limit.
    func isOverdue(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.pipeline.isOverdue(at: now) }
    }

    /// Fails the commands whose time limit has passed while they waited for a connection.
    func expireWaiting(at now: ContinuousClock.Instant, with error: any Error) {
        for waiter in state.withLock({ $0.pipeline.expireWaiting(at: now) }) { waiter.resume(throwing: error) }
    }

    var noConnectionError: RedisError {
        RedisError(code: .timeout, message: "no connection to Redis at \(configuration) within the time limit")
    }

    func lostError(_ reason: String) -> RedisError {
        RedisError(code: .closed, message: "the connection to Redis at \(configuration) broke (\(reason))")
    }

    private var closedError: RedisError {
        RedisError(code: .closed, message: "the connection to Redis at \(configuration) was closed by this client")
    }
}
