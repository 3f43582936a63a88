/// What a transfer of bytes came to.
enum Transfer {
    /// So many bytes went through, at least one.
    case bytes(Int)
    /// Nothing can go through for the moment.
    case wouldBlock
    /// The other side is gone; the reason in words.
    case broken(String)
}

/// The way of a connection's bytes to the server and back, plain or encrypted; none of it ever waits.
///
/// Any thread may send, while the connection's own thread receives.
protocol Transport: AnyObject, Sendable {
    /// The socket, to `poll`: for `POLLIN` at all times, and for `POLLOUT` while a sending was not done.
    var descriptor: Int32 { get }

    /// Sends as many of the bytes as possible. After ``Transfer/wouldBlock`` the next call must begin with the same bytes.
    func send(_ bytes: UnsafeRawBufferPointer) -> Transfer

    /// Receives what is there. The buffer has at least 32 KiB.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer

    /// The error of a new connection that broke before the server had answered.
    func refusal(by server: RedisConfiguration, _ reason: String) -> RedisError
}

extension Transport {
    /// Waits until the socket is ready for `events` of `poll`; false when the time is up.
    func wait(for events: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        Socket.wait(for: events, on: descriptor, until: deadline)
    }
}

/// Bytes that go over the socket as they are.
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
            message: "Redis at \(server) closed the new connection (\(reason)); if it wants TLS, write rediss://.")
    }
}
