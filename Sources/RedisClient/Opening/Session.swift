internal import Glibc

/// A connection that has just come about, in conversation on one thread: whoever asks waits for the answer.
struct Session: ~Copyable {
    let transport: any Transport
    private let reader = ReplyReader()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)

    /// Connects to a server, under TLS where its configuration says so, waiting no longer than until `deadline`.
    init(to server: RedisConfiguration, deadline: ContinuousClock.Instant) throws {
        let socket = try Socket.connect(to: server, deadline: deadline)
        if let tls = server.tls, case .tcp(let host, _) = server.address {
            transport = try TLSTransport(socket, to: server, tls, host: host, deadline: deadline)
        } else {
            transport = PlainTransport(socket)
        }
    }

    deinit {
        buffer.deallocate()
    }

    /// Sends commands and waits for all of their replies.
    /// - Returns: as many replies as there are commands, errors among them; fewer when the server hung up after an error,
    ///   which comes last.
    borrowing func ask(
        _ commands: [RedisCommand], of server: RedisConfiguration, deadline: ContinuousClock.Instant
    ) throws -> [RedisValue] {
        try send(commands, to: server, deadline: deadline)
        var replies: [RedisValue] = []
        while true {
            while replies.count < commands.count, let reply = try reader.next() { replies.append(reply) }
            if replies.count == commands.count { return replies }
            switch transport.receive(into: buffer) {
            case .bytes(let count): try reader.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            case .wouldBlock: try waitOrThrow(POLLIN, server, deadline)
            case .broken(let reason):
                if case .error? = replies.last { return replies }
                throw transport.refusal(by: server, reason)
            }
        }
    }

    private borrowing func send(
        _ commands: [RedisCommand], to server: RedisConfiguration, deadline: ContinuousClock.Instant
    ) throws {
        var outgoing = OutgoingBytes()
        for command in commands { outgoing.append(command) }
        while !outgoing.isEmpty {
            switch outgoing.withUnsafeBytes({ transport.send($0) }) {
            case .bytes(let count): outgoing.remove(count)
            case .wouldBlock: try waitOrThrow(POLLOUT, server, deadline)
            // A server that hangs up at once has usually said why: that is still to be read.
            case .broken: return
            }
        }
    }

    private borrowing func waitOrThrow(
        _ events: Int32, _ server: RedisConfiguration, _ deadline: ContinuousClock.Instant
    ) throws {
        guard transport.wait(for: events, until: deadline) else {
            throw RedisError(
                code: .timeout, message: "Redis at \(server) accepted a connection, but did not answer in time.")
        }
    }
}
