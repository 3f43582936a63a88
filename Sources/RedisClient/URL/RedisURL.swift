/// Reads the URLs of Redis servers. No message repeats a part of the URL, for any of it may be a mistyped password.
enum RedisURL {
    enum Scheme: String, CaseIterable {
        case redis, rediss, unix
        case sentinel = "redis+sentinel"
        case sentinelTLS = "rediss+sentinel"

        var prefix: String { "\(rawValue)://" }
        var isTLS: Bool { self == .rediss || self == .sentinelTLS }
        var isSentinel: Bool { self == .sentinel || self == .sentinelTLS }
    }

    static func parse(_ url: String) throws -> RedisConfiguration {
        guard let scheme = Scheme.allCases.first(where: { url.hasPrefix($0.prefix) }) else {
            let prefixes = Scheme.allCases.map(\.prefix)
            throw wrong("it must begin with \(prefixes.dropLast().joined(separator: ", ")) or \(prefixes.last!)")
        }
        var rest = url.dropFirst(scheme.prefix.count)
        let options = try RedisURLOptions(takingFrom: &rest, scheme)
        let credentials = try RedisURLText.takeCredentials(&rest)
        var path = takePath(&rest)
        let address: RedisConfiguration.Address =
            switch scheme {
            case .redis, .rediss: try tcp(rest)
            case .unix: try unixSocket(rest, &path)
            case .sentinel, .sentinelTLS: try sentinels(rest, &path)
            }
        var configuration = RedisConfiguration(
            address: address, user: credentials.user, password: credentials.password, tls: scheme.isTLS ? .init() : nil)
        try options.apply(to: &configuration)
        if !path.isEmpty { configuration.database = try RedisURLText.database(path) }
        return configuration
    }

    /// What follows the first slash, which goes too.
    private static func takePath(_ rest: inout Substring) -> Substring {
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        defer { rest = rest[..<slash] }
        return rest[slash...].dropFirst()
    }

    private static func tcp(_ text: Substring) throws -> RedisConfiguration.Address {
        let endpoint = try RedisURLText.endpoint(text, port: 6379)
        return .tcp(host: endpoint.host, port: endpoint.port)
    }

    private static func unixSocket(_ host: Substring, _ path: inout Substring) throws -> RedisConfiguration.Address {
        guard host.isEmpty else { throw wrong("a Unix socket has no host; write unix:///path/of.sock") }
        let file = "/" + (try RedisURLText.decoded(path))
        guard file.utf8.count > 1 else { throw wrong("the path of the Unix socket is missing") }
        guard file.utf8.count <= 107 else { throw wrong("the path of a Unix socket has at most 107 bytes") }
        guard !file.utf8.contains(0) else { throw wrong("the path of the Unix socket holds a zero byte") }
        path = ""
        return .unixSocket(path: file)
    }

    private static func sentinels(_ hosts: Substring, _ path: inout Substring) throws -> RedisConfiguration.Address {
        let endpoints = try hosts.split(separator: ",", omittingEmptySubsequences: false).map {
            try RedisURLText.endpoint($0, port: 26379)
        }
        let slash = path.firstIndex(of: "/") ?? path.endIndex
        let service = try RedisURLText.decoded(path[..<slash])
        guard !service.isEmpty else {
            throw wrong("after the sentinels the name of the service must follow, as in /mymaster")
        }
        path = path[slash...].dropFirst()
        return .sentinels(endpoints, service: service)
    }

    static func wrong(_ reason: String) -> RedisError {
        RedisError(
            code: .configuration,
            message:
                "The Redis URL cannot be used: \(reason). It looks like redis://[user:password@]host[:port][/database],"
                + " rediss://… for TLS, unix://[user:password@]/path/of.sock[?db=NUMBER] or"
                + " redis+sentinel://[user:password@]host[:port],…/service[/database], also with rediss+sentinel://.")
    }
}
