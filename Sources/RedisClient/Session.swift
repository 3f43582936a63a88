internal import Glibc
internal import Synchronization

/// A new connection, before it is ready for the pipeline: one thread sends commands and waits for their replies.
struct Session: ~Copyable {
    let transport: any Transport
    private let reader = ReplyReader()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)

    /// Connects to a server, under TLS if its configuration says so, until `deadline` at the latest.
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
    /// - Returns: a reply for each command, possibly an error; fewer replies if the server closed the connection after
    ///   an error, which is the last one.
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
            // A server that closes the connection at once has usually sent the reason, which can still be read.
            case .broken: return
            }
        }
    }

    private borrowing func waitOrThrow(
        _ events: Int32, _ server: RedisConfiguration, _ deadline: ContinuousClock.Instant
    ) throws {
        guard transport.wait(for: events, until: deadline) else {
            throw RedisError(
                code: .timeout,
                message: "Redis at \(server) accepted a connection, but did not reply within the time limit")
        }
    }
}

/// Opens the connections for one configuration.
final class SessionOpener: Sendable {
    private let configuration: RedisConfiguration
    /// The sentinels, in the order in which they are asked; `nil` if the address is that of a server.
    private let discovery: Mutex<SentinelDiscovery?>

    init(_ configuration: RedisConfiguration) {
        self.configuration = configuration
        var discovery: SentinelDiscovery?
        if case .sentinels(let endpoints, let service) = configuration.address {
            discovery = SentinelDiscovery(configuration, endpoints, service: service)
        }
        self.discovery = Mutex(discovery)
    }

    /// Opens a connection to the current master, authenticates, and returns it ready for commands.
    ///
    /// Blocks the calling thread, until `deadline` at the latest.
    /// - Throws: ``RedisError``.
    func open(deadline: ContinuousClock.Instant) throws -> any Transport {
        guard var discovery = discovery.withLock({ $0 }) else {
            return try Self.connect(to: configuration, deadline: deadline).transport
        }
        let session = try discovery.open(deadline: deadline)
        self.discovery.withLock { [discovery] in $0 = discovery }
        return session.transport
    }

    /// Opens a connection to one server and authenticates.
    static func connect(to server: RedisConfiguration, deadline: ContinuousClock.Instant) throws -> Session {
        let session = try Session(to: server, deadline: deadline)
        try Handshake.perform(session, with: server, deadline: deadline)
        return session
    }
}

/// The first commands on a new connection: authentication, the database, and whether the server is ready.
enum Handshake {
    static func perform(
        _ session: borrowing Session, with server: RedisConfiguration, deadline: ContinuousClock.Instant
    ) throws {
        for reply in try session.ask(commands(server), of: server, deadline: deadline) {
            if case .error(let text) = reply { throw refusal(text, server) }
        }
    }

    private static func commands(_ server: RedisConfiguration) -> [RedisCommand] {
        var commands: [RedisCommand] = []
        if let password = server.password {
            commands.append(server.user.map { RedisCommand("AUTH", $0, password) } ?? RedisCommand("AUTH", password))
        }
        if server.database != 0 { commands.append(RedisCommand("SELECT", String(server.database))) }
        commands.append(RedisCommand("PING"))
        return commands
    }

    private static func refusal(_ text: String, _ server: RedisConfiguration) -> RedisError {
        let error = RedisError.reply(text)
        // The reply to a wrong password is WRONGPASS or, from old servers and without a user, a plain ERR.
        let isAuthentication = error.code == .authentication || text.contains("AUTH")
        return RedisError(
            code: isAuthentication ? .authentication : error.code,
            message: "Redis at \(server) refused the connection: \(error.message)"
                + (isAuthentication && error.code != .authentication ? "; check the user and the password" : ""))
    }
}
