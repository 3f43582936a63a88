internal import Glibc

/// The result of sending or receiving.
enum Transfer {
    /// The number of bytes that were transferred, at least one.
    case bytes(Int)
    /// No byte can be transferred without waiting.
    case wouldBlock
    /// The connection is broken, for this reason.
    case broken(String)
}

/// Sends and receives the bytes of a connection, plain or encrypted, without ever waiting.
///
/// Any thread may send while the connection's thread receives.
protocol Transport: AnyObject, Sendable {
    /// The socket, for `poll`: always for `POLLIN`, and for `POLLOUT` while bytes are left to send.
    var descriptor: Int32 { get }

    /// Sends as many of the bytes as possible. After ``Transfer/wouldBlock`` the next call must begin with the same
    /// bytes.
    func send(_ bytes: UnsafeRawBufferPointer) -> Transfer

    /// Receives the bytes that have arrived. The buffer has at least 32 KiB.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer

    /// The error for a new connection that broke before the server replied.
    func refusal(by server: RedisConfiguration, _ reason: String) -> RedisError
}

extension Transport {
    /// Waits until the socket is ready for `events` of `poll`; false if `deadline` passes first.
    func wait(for events: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        Socket.wait(for: events, on: descriptor, until: deadline)
    }
}

/// A transport without encryption.
final class PlainTransport: Transport {
    private let socket: Socket

    init(_ socket: consuming Socket) {
        self.socket = socket
    }

    var descriptor: Int32 { socket.descriptor }

    func send(_ bytes: UnsafeRawBufferPointer) -> Transfer { socket.send(bytes) }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer { socket.receive(into: buffer) }

    func refusal(by server: RedisConfiguration, _ reason: String) -> RedisError {
        RedisError(
            code: .closed,
            message: "Redis at \(server) closed the new connection (\(reason)); if it requires TLS, use rediss://")
    }
}

/// A connected, non-blocking stream socket.
struct Socket: ~Copyable {
    let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Sends without waiting, and without SIGPIPE.
    borrowing func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        Self.transfer(
            Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)))
    }

    /// Receives the bytes that have arrived, without waiting.
    borrowing func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        let received = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        return received == 0 ? .broken("closed by the server") : Self.transfer(received)
    }

    /// Shuts the socket down in both directions, which wakes a thread that waits for it.
    borrowing func shutDown() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private static func transfer(_ count: Int) -> Transfer {
        if count > 0 { return .bytes(count) }
        switch errno {
        case EAGAIN, EINTR: return .wouldBlock
        case let number: return .broken(reason(number))
        }
    }

    /// Connects, until `deadline` at the latest.
    static func connect(to server: RedisConfiguration, deadline: ContinuousClock.Instant) throws -> Socket {
        switch server.address {
        case .unixSocket(let path): try connectUnix(path, server, deadline)
        case .tcp(let host, let port): try connectTCP(host, port, server, deadline)
        case .sentinels: preconditionFailure("ask the sentinels for the server's address first")
        }
    }

    private static func connectUnix(
        _ path: String, _ server: RedisConfiguration, _ deadline: ContinuousClock.Instant
    ) throws -> Socket {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // The last byte stays zero and ends the text.
        withUnsafeMutableBytes(of: &address.sun_path) { $0.dropLast().copyBytes(from: path.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        return try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try connect(family: AF_UNIX, address: $0, length: length, server, deadline)
            }
        }
    }

    private static func connectTCP(
        _ host: String, _ port: UInt16, _ server: RedisConfiguration, _ deadline: ContinuousClock.Instant
    ) throws -> Socket {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0, let list else {
            throw RedisError(
                code: .hostNotFound,
                message:
                    "cannot resolve the host of \(server) (\(String(cString: gai_strerror(status)))); check its name")
        }
        defer { freeaddrinfo(list) }
        var lastError: any Error = refused(server, ECONNREFUSED)
        for candidate in sequence(first: list, next: { $0.pointee.ai_next }) {
            do {
                let socket = try connect(
                    family: candidate.pointee.ai_family, address: candidate.pointee.ai_addr,
                    length: candidate.pointee.ai_addrlen, server, deadline)
                socket.disableDelay()
                socket.enableKeepAlive()
                return socket
            } catch {
                lastError = error
            }
        }
        throw lastError
    }

    private static func connect(
        family: Int32, address: UnsafePointer<sockaddr>, length: socklen_t, _ server: RedisConfiguration,
        _ deadline: ContinuousClock.Instant
    ) throws -> Socket {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = Socket(descriptor: Glibc.socket(family, kind, 0))
        guard socket.descriptor >= 0 else { throw refused(server, errno) }
        if Glibc.connect(socket.descriptor, address, length) == 0 { return socket }
        if errno == EAGAIN {
            // The error of a Unix socket whose queue of new connections is full.
            throw RedisError(code: .loading, message: "too many clients are connecting to \(server)")
        }
        guard errno == EINPROGRESS else { throw refused(server, errno) }
        guard wait(for: POLLOUT, on: socket.descriptor, until: deadline) else {
            throw RedisError(
                code: .timeout, message: "no connection to \(server) within the time limit; is it reachable?")
        }
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket.descriptor, SOL_SOCKET, SO_ERROR, &failure, &size)
        guard failure == 0 else { throw refused(server, failure) }
        return socket
    }

    /// Waits until a socket is ready for `events` of `poll`; false if `deadline` passes first.
    static func wait(for events: Int32, on descriptor: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let ready = poll(&entry, 1, deadline.millisecondsFromNow)
            if ready > 0 { return true }
            if ready == 0 || errno != EINTR { return false }
        }
    }

    private static func refused(_ server: RedisConfiguration, _ number: Int32) -> RedisError {
        RedisError(
            code: .connectionRefused,
            message: "no Redis server at \(server) (\(reason(number))); start it or correct the URL")
    }

    private static func reason(_ number: Int32) -> String {
        String(cString: strerror(number))
    }
}

extension ContinuousClock.Instant {
    /// The time until the instant, for `poll`: rounded up, so that it does not wake too early, and never negative.
    var millisecondsFromNow: Int32 {
        let parts = ContinuousClock.now.duration(to: self).components
        if parts.seconds < 0 || parts.attoseconds < 0 { return 0 }
        let milliseconds =
            min(parts.seconds, 1_000_000) * 1000 + (parts.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(milliseconds)
    }
}

extension Socket {
    /// The silence on a TCP connection after which the kernel probes the other side, in seconds. A command in flight
    /// has a shorter time limit; probes detect that the server of an idle connection has vanished.
    private static let keepAliveIdleSeconds: Int32 = 20
    /// The time between two probes, in seconds.
    private static let keepAliveIntervalSeconds: Int32 = 5
    /// The probes in a row that may remain without a reply.
    private static let keepAliveProbes: Int32 = 3

    /// Sends small commands without delay (disables Nagle's algorithm).
    borrowing func disableDelay() {
        set(IPPROTO_TCP.value, TCP_NODELAY, to: 1)
    }

    /// Makes the kernel notice within 35 seconds that the server of an idle connection has vanished.
    borrowing func enableKeepAlive() {
        set(SOL_SOCKET, SO_KEEPALIVE, to: 1)
        set(IPPROTO_TCP.value, TCP_KEEPIDLE, to: Self.keepAliveIdleSeconds)
        set(IPPROTO_TCP.value, TCP_KEEPINTVL, to: Self.keepAliveIntervalSeconds)
        set(IPPROTO_TCP.value, TCP_KEEPCNT, to: Self.keepAliveProbes)
    }

    /// Sets an option. An error is ignored: without the option the socket works, only slower.
    private borrowing func set(_ level: Int32, _ option: Int32, to value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

extension Int {
    fileprivate var value: Int32 { Int32(self) }
}
