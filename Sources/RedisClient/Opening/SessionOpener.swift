/// Makes the connections that a configuration asks for, one after the other.
struct SessionOpener {
    private let configuration: RedisConfiguration
    private var discovery: SentinelDiscovery?

    init(_ configuration: RedisConfiguration) {
        self.configuration = configuration
        if case .sentinels(let endpoints, let service) = configuration.address {
            discovery = SentinelDiscovery(configuration, endpoints, service: service)
        }
    }

    /// A connection to the server that serves now, ready for commands.
    /// - Parameter buffer: space that the connection's thread lends for the replies.
    mutating func open(
        _ buffer: UnsafeMutableRawBufferPointer, deadline: ContinuousClock.Instant
    ) throws -> Session {
        if discovery != nil { return try discovery!.open(buffer, deadline: deadline) }
        return try Self.connect(to: configuration, buffer, deadline: deadline)
    }

    /// A connection to one server, which knows who we are and serves.
    static func connect(
        to server: RedisConfiguration, _ buffer: UnsafeMutableRawBufferPointer, deadline: ContinuousClock.Instant
    ) throws -> Session {
        let session = try Session(to: server, deadline: deadline)
        try Handshake.perform(session, with: server, buffer, deadline: deadline)
        return session
    }
}
