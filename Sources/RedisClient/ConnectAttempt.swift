internal import Synchronization

/// The making of one connection, on a thread of its own, so that the connection's thread is free for its tasks.
final class ConnectAttempt: Sendable {
    /// A socket whose other side knows who we are and serves.
    final class Session: Sendable {
        let socket: Socket

        init(_ socket: consuming Socket) {
            self.socket = socket
        }
    }

    private let outcome = Mutex<Result<Session, RedisError>?>(nil)

    /// Starts to connect, for no longer than until `deadline`; `ring` is called once the attempt has ended.
    static func start(
        _ configuration: RedisConfiguration, deadline: ContinuousClock.Instant, ring: @escaping @Sendable () -> Void
    ) throws -> ConnectAttempt {
        let attempt = ConnectAttempt()
        try DedicatedThread.start {
            let result = Self.connect(configuration, deadline)
            attempt.outcome.withLock { $0 = result }
            ring()
        }
        return attempt
    }

    /// What came of it; nil while it is under way.
    /// - Throws: ``RedisError`` when there is no connection.
    func session() throws -> Session? {
        try outcome.withLock { $0 }?.get()
    }

    private static func connect(
        _ configuration: RedisConfiguration, _ deadline: ContinuousClock.Instant
    ) -> Result<Session, RedisError> {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 10, alignment: 16)
        defer { buffer.deallocate() }
        do {
            let socket = try Socket.connect(to: configuration, deadline: deadline)
            try Handshake.perform(configuration, socket, ReplyReader(), buffer, deadline: deadline)
            return .success(Session(socket))
        } catch let error as RedisError {
            return .failure(error)
        } catch {
            preconditionFailure("only RedisError is thrown here: \(error)")
        }
    }
}
