internal import Glibc
internal import Logging

/// The life of a connection on its own thread: connect, serve until it breaks, connect again, until it is closed; and
/// meanwhile run the tasks that live here.
struct ConnectionThread: ~Copyable {
    private let link: ConnectionLink
    private let executor: ConnectionExecutor
    private let opener: SessionOpener
    private var backoff = ReconnectBackoff()
    private var generator = SystemRandomNumberGenerator()
    /// The longest sleep: a command that another thread sends does not wake this one, so that the sleep must end often
    /// enough to notice when that command is overdue.
    private let tick: Duration
    private let tickMilliseconds: Int32
    /// For how many milliseconds commands may wait for a reply, so as to go out with others as one piece. Long enough to
    /// end after the next tick of the system's clock: a timer that is due before costs some microseconds with every reply.
    private static let longestGathering: Int32 = 20
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

    /// Returns when the connection is closed for good.
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
                link.logger.debug("\(error)")
                pause(error)
            } catch {
                preconditionFailure("only RedisError is thrown here: \(error)")
            }
        }
    }

    /// Returns never but by an error, or when the connection was closed.
    private mutating func connectAndServe() throws {
        guard let transport = try connect() else { return }
        backoff.reset()
        link.connected(transport)
        link.opened(.success(()))
        do {
            try serve(transport, ReplyReader())
            link.disconnected(link.lostError("it was closed here"))
        } catch {
            let reason = error as? RedisError ?? link.lostError("\(error)")
            link.disconnected(reason)
            throw reason
        }
    }

    /// A connection; nil when it is not wanted any more.
    private func connect() throws -> (any Transport)? {
        let deadline = ContinuousClock.now.advanced(by: link.configuration.connectTimeout)
        let attempt = try ConnectAttempt.start(opener, deadline: deadline) { [executor] in executor.ring() }
        while !link.isClosed {
            if let transport = try attempt.transport() { return transport }
            sleep(until: link.outlook.deadline)
            link.expireWaiting(at: .now, with: link.noConnectionError)
        }
        return nil
    }

    private func serve(_ transport: any Transport, _ reader: borrowing ReplyReader) throws {
        var isSilent = false
        while true {
            executor.runJobs()
            let outlook = link.flush(whenSilent: isSilent)
            if outlook.isClosed { return }
            let ready = executor.sleep(
                for: POLLIN | (outlook.hasUnsent ? POLLOUT : 0), on: transport.descriptor,
                atMost: outlook.gathers ? Self.longestGathering : milliseconds(until: outlook.deadline))
            let hasReply = ready & (POLLIN | POLLHUP | POLLERR) != 0 ? try receive(transport, reader) : false
            isSilent = !hasReply
            // Replies come in order: while some come, none is overdue.
            if hasReply { continue }
            if link.isOverdue(at: .now) {
                throw RedisError(
                    code: .timeout,
                    message:
                        "Redis at \(link.configuration) did not answer in time; it may be overloaded or out of reach.")
            }
        }
    }

    /// - Returns: whether a whole reply came.
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

    /// The pause after a failure, during which commands may run out of time.
    private mutating func pause(_ error: RedisError) {
        let end = ContinuousClock.now.advanced(by: backoff.next(after: error, using: &generator))
        while !link.isClosed, ContinuousClock.now < end {
            link.expireWaiting(at: .now, with: error)
            sleep(until: min(end, link.outlook.deadline ?? end))
        }
        link.expireWaiting(at: .now, with: error)
    }

    /// Runs the tasks that are due, then sleeps without a socket to look after.
    private func sleep(until deadline: ContinuousClock.Instant?) {
        executor.runJobs()
        _ = executor.sleep(for: 0, on: -1, atMost: milliseconds(until: deadline))
    }

    /// How long to sleep: until `deadline`, but no longer than a tick.
    private func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        // The deadline is nearly always further away than a tick, and a comparison is much cheaper than a division.
        guard let deadline, deadline < .now.advanced(by: tick) else { return tickMilliseconds }
        return deadline.millisecondsFromNow
    }
}
