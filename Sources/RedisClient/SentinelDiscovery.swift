/// Asks sentinels for the master of a service, and verifies that the server is a master.
struct SentinelDiscovery {
    private let configuration: RedisConfiguration
    private let service: String
    /// The sentinels; the one that replied most recently comes first.
    private var endpoints: [RedisConfiguration.Endpoint]

    init(_ configuration: RedisConfiguration, _ endpoints: [RedisConfiguration.Endpoint], service: String) {
        self.configuration = configuration
        self.endpoints = endpoints
        self.service = service
    }

    /// Returns a connection to the master, ready for commands.
    ///
    /// Each sentinel gets an equal share of the time. During a fail-over a sentinel may still name the old master, or
    /// the new one before its promotion: the next sentinel may know better; otherwise the caller has to try again.
    mutating func open(deadline: ContinuousClock.Instant) throws -> Session {
        var failures: [RedisError] = []
        for (index, endpoint) in endpoints.enumerated() {
            let now = ContinuousClock.now
            let share = now.duration(to: deadline) / (endpoints.count - index)
            do {
                let session = try open(
                    sentinel(endpoint), half: now.advanced(by: share / 2), deadline: now.advanced(by: share))
                endpoints.remove(at: index)
                endpoints.insert(endpoint, at: 0)
                return session
            } catch let error as RedisError {
                failures.append(error)
            }
        }
        throw failure(failures)
    }

    private func open(
        _ sentinel: RedisConfiguration, half: ContinuousClock.Instant, deadline: ContinuousClock.Instant
    ) throws -> Session {
        let master = try master(by: sentinel, deadline: half)
        do {
            let session = try SessionOpener.connect(to: master, deadline: deadline)
            let role = try session.ask([RedisCommand("ROLE")], of: master, deadline: deadline)[0]
            if case .error(let text) = role { throw RedisError.reply(text) }
            if role.elements?.first?.text == "master" { return session }
            throw RedisError(code: .loading, message: "Redis at \(master) is a replica")
        } catch let error as RedisError where error.isTransient {
            throw RedisError(
                code: .loading,
                message:
                    "the sentinel at \(sentinel) names a master of '\(service)' that is not available; a fail-over may "
                    + "be in progress: \(error.message)")
        }
    }

    private func master(
        by sentinel: RedisConfiguration, deadline: ContinuousClock.Instant
    ) throws -> RedisConfiguration {
        let session: Session
        do {
            session = try SessionOpener.connect(to: sentinel, deadline: deadline)
        } catch let error as RedisError {
            let hint = error.code == .authentication ? "; sentinels have separate users and passwords" : ""
            throw RedisError(code: error.code, message: "cannot connect to a sentinel: \(error.message)\(hint)")
        }
        let question = RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", service)
        let reply = try session.ask([question], of: sentinel, deadline: deadline)[0]
        switch reply {
        case .null:
            throw RedisError(
                code: .hostNotFound,
                message:
                    "the sentinel at \(sentinel) does not know the service '\(service)'; correct the name in the URL")
        case .error(let text):
            throw RedisError(
                code: .configuration,
                message: "the server at \(sentinel) is not a sentinel: \(RedisError.reply(text).message)")
        default:
            guard let host = reply.elements?.first?.text, let port = reply.elements?.last?.text.flatMap({ UInt16($0) })
            else {
                throw RedisError(
                    code: .unexpectedReply,
                    message: "the sentinel at \(sentinel) did not reply with an address; check the URL")
            }
            var master = configuration
            master.address = .tcp(host: host, port: port)
            return master
        }
    }

    /// The configuration of a sentinel, which has separate users and passwords, and no databases.
    private func sentinel(_ endpoint: RedisConfiguration.Endpoint) -> RedisConfiguration {
        var sentinel = configuration
        sentinel.address = .tcp(host: endpoint.host, port: endpoint.port)
        sentinel.user = configuration.sentinelUser
        sentinel.password = configuration.sentinelPassword
        sentinel.database = 0
        return sentinel
    }

    /// One error for all sentinels. A transient error of one sentinel outweighs lasting errors of others.
    private func failure(_ failures: [RedisError]) -> RedisError {
        guard
            let weightiest = failures.first(where: { $0.code == .loading }) ?? failures.first(where: \.isTransient)
                ?? failures.first
        else {
            return RedisError(code: .configuration, message: "no sentinel in \(configuration); name at least one")
        }
        if failures.count == 1 { return weightiest }
        return RedisError(
            code: weightiest.code,
            message: "none of the \(failures.count) sentinels of \(configuration) led to a master: "
                + failures.map(\.message).joined(separator: "; "))
    }
}
