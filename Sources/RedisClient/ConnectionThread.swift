internal import Glibc
internal import Logging

/// The life of a connection on its own thread: connect, serve until it breaks, connect again, until it is closed.
struct ConnectionThread: ~Copyable {
    private let link: ConnectionLink
    private let opener: SessionOpener
    private var backoff = ReconnectBackoff()
    private var generator = SystemRandomNumberGenerator()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    init(link: ConnectionLink) {
        self.link = link
        opener = SessionOpener(link.configuration)
    }

    deinit {
        buffer.deallocate()
    }

    consuming func run() {
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
        let deadline = ContinuousClock.now.advanced(by: link.configuration.connectTimeout)
        let transport = try opener.open(deadline: deadline)
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

    private func serve(_ transport: any Transport, _ reader: borrowing ReplyReader) throws {
        while true {
            let outlook = link.outlook
            let events = POLLIN | (outlook.hasUnsent ? POLLOUT : 0)
            let ready = wait(for: events, on: transport.descriptor, until: outlook.deadline)
            if link.isClosed { return }
            if ready & POLLOUT != 0 { link.transmit() }
            if ready & (POLLIN | POLLHUP | POLLERR) != 0 { try receive(transport, reader) }
            if link.isOverdue(at: .now) {
                throw RedisError(
                    code: .timeout,
                    message:
                        "Redis at \(link.configuration) did not answer in time; it may be overloaded or out of reach.")
            }
        }
    }

    private func receive(_ transport: any Transport, _ reader: borrowing ReplyReader) throws {
        switch transport.receive(into: buffer) {
        case .bytes(let count):
            try reader.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            var replies: [RedisValue] = []
            while let reply = try reader.next() { replies.append(reply) }
            if !replies.isEmpty { try link.deliver(replies) }
        case .wouldBlock: break
        case .broken(let reason): throw link.lostError(reason)
        }
    }

    /// Waits for events of the socket, for being woken, or until `deadline`.
    ///
    /// A command that another thread sends meanwhile does not wake this one, so that without a deadline the wait still
    /// ends often enough to notice when that command is overdue.
    private func wait(for events: Int32, on descriptor: Int32, until deadline: ContinuousClock.Instant?) -> Int32 {
        let tick = ContinuousClock.now.advanced(by: link.configuration.commandTimeout / 4)
        var entries = [
            pollfd(fd: descriptor, events: Int16(events), revents: 0),
            pollfd(fd: link.wake.readEnd, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&entries, 2, min(deadline ?? tick, tick).millisecondsFromNow)
        guard count > 0 else { return 0 }
        if entries[1].revents != 0 { link.wake.drain() }
        return Int32(entries[0].revents)
    }

    /// The pause after a failure, during which commands may run out of time.
    private mutating func pause(_ error: RedisError) {
        let end = ContinuousClock.now.advanced(by: backoff.next(after: error, using: &generator))
        while !link.isClosed, ContinuousClock.now < end {
            link.expireWaiting(at: .now, with: error)
            let deadline = min(end, link.outlook.deadline ?? end)
            var entry = pollfd(fd: link.wake.readEnd, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, deadline.millisecondsFromNow) > 0 { link.wake.drain() }
        }
        link.expireWaiting(at: .now, with: error)
    }
}
