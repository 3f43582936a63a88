internal import Synchronization

/// Makes the connections that a configuration asks for, one after the other.
final class SessionOpener: Sendable {
    private let configuration: RedisConfiguration
    /// What was learned of the sentinels so far; nil where there are none.
    private let discovery: Mutex<SentinelDiscovery?>

    init(_ configuration: RedisConfiguration) {
        self.configuration = configuration
        var discovery: SentinelDiscovery?
        if case .sentinels(let endpoints, let service) = configuration.address {
            discovery = SentinelDiscovery(configuration, endpoints, service: service)
        }
        self.discovery = Mutex(discovery)
    }

    /// A way to the server that serves now; it knows who we are and is ready for commands.
    ///
    /// Waits on the calling thread, for no longer than until `deadline`.
    /// - Throws: ``RedisError``.
    func open(deadline: ContinuousClock.Instant) throws -> any Transport {
        guard var discovery = discovery.withLock({ $0 }) else {
            return try Self.connect(to: configuration, deadline: deadline).transport
        }
        let session = try discovery.open(deadline: deadline)
        self.discovery.withLock { [discovery] in $0 = discovery }
        return session.transport
    }

    /// A connection to one server, which knows who we are and serves.
    static func connect(to server: RedisConfiguration, deadline: ContinuousClock.Instant) throws -> Session {
        let session = try Session(to: server, deadline: deadline)
        try Handshake.perform(session, with: server, deadline: deadline)
        return session
    }
}
