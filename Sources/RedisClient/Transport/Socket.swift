internal import Glibc

/// A connected, non-blocking stream socket.
struct Socket: ~Copyable {
    let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Sends without ever waiting, and without SIGPIPE.
    borrowing func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        Self.transfer(
            Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)))
    }

    /// Receives what is there, without waiting.
    borrowing func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        let received = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        return received == 0 ? .broken("the server closed it") : Self.transfer(received)
    }

    /// Ends the traffic in both directions, so that whoever waits on the socket learns that it is over.
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

    /// Connects, waiting no longer than until `deadline`.
    static func connect(to server: RedisConfiguration, deadline: ContinuousClock.Instant) throws -> Socket {
        switch server.address {
        case .unixSocket(let path): try connectUnix(path, server, deadline)
        case .tcp(let host, let port): try connectTCP(host, port, server, deadline)
        case .sentinels: preconditionFailure("the server's address is asked of the sentinels first")
        }
    }

    private static func connectUnix(
        _ path: String, _ server: RedisConfiguration, _ deadline: ContinuousClock.Instant
    ) throws -> Socket {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // The last byte stays zero, as the end of the text.
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
                    "The host of \(server) is not known (\(String(cString: gai_strerror(status)))); check its name.")
        }
        defer { freeaddrinfo(list) }
        var lastError: any Error = refused(server, ECONNREFUSED)
        for candidate in sequence(first: list, next: { $0.pointee.ai_next }) {
            do {
                let socket = try connect(
                    family: candidate.pointee.ai_family, address: candidate.pointee.ai_addr,
                    length: candidate.pointee.ai_addrlen, server, deadline)
                socket.sendAtOnce()
                socket.keepAlive()
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
            // A Unix socket says so when its queue of new connections is full.
            throw RedisError(code: .loading, message: "Too many wait for a connection to \(server) just now.")
        }
        guard errno == EINPROGRESS else { throw refused(server, errno) }
        guard wait(for: POLLOUT, on: socket.descriptor, until: deadline) else {
            throw RedisError(
                code: .timeout, message: "No connection to \(server) came about in time; is it reachable?")
        }
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket.descriptor, SOL_SOCKET, SO_ERROR, &failure, &size)
        guard failure == 0 else { throw refused(server, failure) }
        return socket
    }

    /// Waits until a socket is ready for `events` of `poll`; false when the time is up.
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
            message: "No Redis answers at \(server) (\(reason(number))); start it or correct the URL.")
    }

    private static func reason(_ number: Int32) -> String {
        String(cString: strerror(number))
    }
}

extension ContinuousClock.Instant {
    /// How long until then, for `poll`: rounded up, so that one does not wake too early, and never negative.
    var millisecondsFromNow: Int32 {
        let parts = ContinuousClock.now.duration(to: self).components
        if parts.seconds < 0 || parts.attoseconds < 0 { return 0 }
        let milliseconds =
            min(parts.seconds, 1_000_000) * 1000 + (parts.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(milliseconds)
    }
}
