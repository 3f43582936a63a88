internal import Glibc
internal import Logging
internal import Support
internal import Synchronization

/// The loop of a connection's thread: connects, sends and receives until the connection breaks, and connects again,
/// until the connection is closed. In between it runs the tasks of ``ConnectionExecutor``.
struct ConnectionThread: ~Copyable {
    private let link: ConnectionLink
    private let executor: ConnectionExecutor
    private let opener: SessionOpener
    private var backoff = Backoff.Counter(.reconnect)
    private var generator = SystemRandomNumberGenerator()
    /// The longest sleep. A command that another thread sends does not wake this one, so it has to wake often enough to
    /// notice that the command is overdue.
    private let tick: Duration
    private let tickMilliseconds: Int32
    /// The time for which commands may wait for a reply, to go out together with others. It ends after the next tick of
    /// the system's clock: an earlier timer costs some microseconds with every reply.
    private static let maxBatchingMilliseconds: Int32 = 20
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    init(link: ConnectionLink) {
        self.link = link
        executor = link.executor
        opener = SessionOpener(link.configuration)
        tick = link.configuration.commandTimeout / 4
        tickMilliseconds = ContinuousClock.now.advanced(by: tick).millisecondsFromNow
    }

    deinit {
        buffer.deallocate()
    }

    consuming func run() {
        executor.adoptThread()
        keepConnected()
        while !executor.retire() { sleep(until: nil) }
    }

    /// Returns when the connection was closed.
    private mutating func keepConnected() {
        let firstDeadline = ContinuousClock.now.advanced(by: link.configuration.connectTimeout)
        while !link.isClosed {
            do {
                try connectAndServe()
            } catch let error as RedisError {
                if error.code != .loading || ContinuousClock.now >= firstDeadline, link.opened(.failure(error)) {
                    link.close()
                    return
                }
                link.logger.debug("connection to Redis failed; connecting again", metadata: ["error": "\(error)"])
                pause(error)
            } catch {
                preconditionFailure("not a RedisError: \(error)")
            }
        }
    }

    /// Returns when the connection was closed; throws when it broke.
    private mutating func connectAndServe() throws {
        guard let transport = try connect() else { return }
        backoff.reset()
        link.connected(transport)
        link.opened(.success(()))
        do {
            try serve(transport, ReplyReader())
            link.disconnected(link.lostError("closed by this client"))
        } catch {
            let reason = error as? RedisError ?? link.lostError("\(error)")
            link.disconnected(reason)
            throw reason
        }
    }

    /// Returns a connection; `nil` if the connection was closed in the meantime.
    private func connect() throws -> (any Transport)? {
        let deadline = ContinuousClock.now.advanced(by: link.configuration.connectTimeout)
        let attempt = try ConnectAttempt.start(opener, deadline: deadline) { [executor] in executor.wakeUp() }
        while !link.isClosed {
            if let transport = try attempt.transport() { return transport }
            sleep(until: link.status.deadline)
            link.expireWaiting(at: .now, with: link.noConnectionError)
        }
        return nil
    }

    private func serve(_ transport: any Transport, _ reader: borrowing ReplyReader) throws {
        var isSilent = false
        while true {
            executor.runJobs()
            let status = link.flush(whenSilent: isSilent)
            if status.isClosed { return }
            let ready = executor.sleep(
                for: POLLIN | (status.hasUnsent ? POLLOUT : 0), on: transport.descriptor,
                atMost: status.isBatching ? Self.maxBatchingMilliseconds : milliseconds(until: status.deadline))
            let hasReply = ready & (POLLIN | POLLHUP | POLLERR) != 0 ? try receive(transport, reader) : false
            isSilent = !hasReply
            // Replies come in the order of the commands: while they come, no command is overdue.
            if hasReply { continue }
            if link.isOverdue(at: .now) {
                throw RedisError(
                    code: .timeout,
                    message:
                        "Redis at \(link.configuration) did not reply within the time limit; it may be overloaded or "
                        + "unreachable")
            }
        }
    }

    /// - Returns: whether a complete reply came.
    private func receive(_ transport: any Transport, _ reader: borrowing ReplyReader) throws -> Bool {
        switch transport.receive(into: buffer) {
        case .bytes(let count):
            try reader.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            var replies: [RedisValue] = []
            while let reply = try reader.next() { replies.append(reply) }
            if replies.isEmpty { return false }
            try link.deliver(replies)
            return true
        case .wouldBlock: return false
        case .broken(let reason): throw link.lostError(reason)
        }
    }

    /// Waits after a failure. Commands whose time limit passes in the meantime fail with `error`.
    private mutating func pause(_ error: RedisError) {
        // A read-only replica accepts connections, and yet is of no use for a while: it counts as several failures.
        let failures = error.code == .readOnly ? 5 : 1
        let end = ContinuousClock.now.advanced(by: backoff.next(atLeast: failures, using: &generator))
        while !link.isClosed, ContinuousClock.now < end {
            link.expireWaiting(at: .now, with: error)
            sleep(until: min(end, link.status.deadline ?? end))
        }
        link.expireWaiting(at: .now, with: error)
    }

    /// Runs the queued tasks, then sleeps without a socket.
    private func sleep(until deadline: ContinuousClock.Instant?) {
        executor.runJobs()
        _ = executor.sleep(for: 0, on: -1, atMost: milliseconds(until: deadline))
    }

    /// The time until `deadline`, at most a tick.
    private func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        // The deadline is nearly always further away than a tick, and a comparison is much cheaper than a division.
        guard let deadline, deadline < .now.advanced(by: tick) else { return tickMilliseconds }
        return deadline.millisecondsFromNow
    }
}

extension Backoff {
    /// The waits between attempts to reconnect.
    static let reconnect = Backoff(base: .milliseconds(20), cap: .seconds(1))
}

/// Makes one connection on a separate thread, so that the connection's thread is free for its tasks.
final class ConnectAttempt: Sendable {
    private let outcome = Mutex<Result<any Transport, RedisError>?>(nil)

    /// Starts to connect. The attempt ends at `deadline` at the latest, and then calls `completion`.
    static func start(
        _ opener: SessionOpener, deadline: ContinuousClock.Instant, completion: @escaping @Sendable () -> Void
    ) throws -> ConnectAttempt {
        let attempt = ConnectAttempt()
        try DedicatedThread.start {
            let result = Self.open(opener, deadline)
            attempt.outcome.withLock { $0 = result }
            completion()
        }
        return attempt
    }

    /// The new connection; `nil` while the attempt runs.
    /// - Throws: ``RedisError`` if the attempt failed.
    func transport() throws -> (any Transport)? {
        try outcome.withLock { $0 }?.get()
    }

    private static func open(
        _ opener: SessionOpener, _ deadline: ContinuousClock.Instant
    ) -> Result<any Transport, RedisError> {
        do {
            return .success(try opener.open(deadline: deadline))
        } catch let error as RedisError {
            return .failure(error)
        } catch {
            preconditionFailure("not a RedisError: \(error)")
        }
    }
}

/// Starts threads outside the cooperative pool, for work that blocks.
enum DedicatedThread {
    private final class Work {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread that ends with it.
    static func start(_ body: @escaping @Sendable () -> Void) throws {
        let work = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, work.toOpaque())
        guard status == 0 else {
            work.release()
            throw RedisError(
                code: .closed,
                message: "cannot start a thread for a connection (\(String(cString: strerror(status)))); "
                    + "are there too many threads?")
        }
        pthread_detach(thread)
    }
}
