internal import Synchronization

/// The making of one connection, on a thread of its own, so that the connection's thread is free for its tasks.
final class ConnectAttempt: Sendable {
    private let outcome = Mutex<Result<any Transport, RedisError>?>(nil)

    /// Starts to connect, for no longer than until `deadline`; `ring` is called once the attempt has ended.
    static func start(
        _ opener: SessionOpener, deadline: ContinuousClock.Instant, ring: @escaping @Sendable () -> Void
    ) throws -> ConnectAttempt {
        let attempt = ConnectAttempt()
        try DedicatedThread.start {
            let result = Self.open(opener, deadline)
            attempt.outcome.withLock { $0 = result }
            ring()
        }
        return attempt
    }

    /// What came of it; nil while it is under way.
    /// - Throws: ``RedisError`` when there is no connection.
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
            preconditionFailure("only RedisError is thrown here: \(error)")
        }
    }
}
