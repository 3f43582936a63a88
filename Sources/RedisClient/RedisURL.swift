/// Parses the URLs of Redis servers. Error messages never quote the URL, because any part of it may be a mistyped
/// password.
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
            throw invalid("it must begin with \(prefixes.dropLast().joined(separator: ", ")) or \(prefixes.last!)")
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

    /// Removes the first slash and the text after it, and returns that text.
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
        guard host.isEmpty else { throw invalid("a Unix socket has no host; write unix:///path/of.sock") }
        let file = "/" + (try RedisURLText.decoded(path))
        guard file.utf8.count > 1 else { throw invalid("the path of the Unix socket is missing") }
        guard file.utf8.count <= 107 else { throw invalid("the path of a Unix socket has at most 107 bytes") }
        guard !file.utf8.contains(0) else { throw invalid("the path of the Unix socket contains a zero byte") }
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
            throw invalid("after the sentinels the name of the service must follow, as in /mymaster")
        }
        path = path[slash...].dropFirst()
        return .sentinels(endpoints, service: service)
    }

    static func invalid(_ reason: String) -> RedisError {
        RedisError(
            code: .configuration,
            message:
                "invalid Redis URL: \(reason); expected redis://[user:password@]host[:port][/database], rediss://…"
                + " for TLS, unix://[user:password@]/path/of.sock[?db=NUMBER], or"
                + " redis+sentinel://[user:password@]host[:port],…/service[/database], also with rediss+sentinel://")
    }
}

/// The options after the `?` of a URL.
struct RedisURLOptions {
    private enum Name: String, CaseIterable {
        case database = "db"
        case connectTimeout = "connect_timeout"
        case commandTimeout = "command_timeout"
        case ca, cert, key
        case serverName = "server_name"
        case checkName = "check_name"
        case sentinelUser = "sentinel_user"

        func suits(_ scheme: RedisURL.Scheme) -> Bool {
            switch self {
            case .database, .connectTimeout, .commandTimeout: true
            case .ca, .cert, .key, .serverName, .checkName: scheme.isTLS
            case .sentinelUser: scheme.isSentinel
            }
        }
    }

    /// The longest time-out, in seconds.
    private static let maxTimeout = 3600.0

    private var values: [Name: String] = [:]

    /// Removes the options from the end of a URL.
    init(takingFrom rest: inout Substring, _ scheme: RedisURL.Scheme) throws {
        guard let mark = rest.firstIndex(of: "?") else { return }
        let query = rest[rest.index(after: mark)...]
        rest = rest[..<mark]
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = Name(rawValue: String(parts[0])), name.suits(scheme) else {
                let names = Name.allCases.filter { $0.suits(scheme) }.map(\.rawValue).joined(separator: ", ")
                throw RedisURL.invalid(
                    "after ? only OPTION=VALUE may follow, joined by &; with \(scheme.prefix) the options are \(names)"
                        + " (a ? in a password is written %3F)")
            }
            let value = try RedisURLText.decoded(parts[1])
            guard !value.isEmpty, !value.utf8.contains(0) else {
                throw RedisURL.invalid("the option \(name.rawValue) has an empty or invalid value")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw RedisURL.invalid("the option \(name.rawValue) is given twice")
            }
        }
    }

    func apply(to configuration: inout RedisConfiguration) throws {
        if let database = values[.database] { configuration.database = try RedisURLText.database(database) }
        if let seconds = try seconds(.connectTimeout) { configuration.connectTimeout = seconds }
        if let seconds = try seconds(.commandTimeout) { configuration.commandTimeout = seconds }
        configuration.sentinelUser = values[.sentinelUser]
        configuration.tls?.caFile = values[.ca]
        configuration.tls?.certificateFile = values[.cert]
        configuration.tls?.keyFile = values[.key]
        configuration.tls?.serverName = values[.serverName]
        if let answer = values[.checkName] {
            guard ["yes", "no"].contains(answer) else { throw RedisURL.invalid("check_name must be yes or no") }
            configuration.tls?.checksName = answer == "yes"
        }
        if values[.key] != nil, values[.cert] == nil {
            throw RedisURL.invalid("key belongs to a client certificate; give cert as well")
        }
    }

    private func seconds(_ name: Name) throws -> Duration? {
        guard let text = values[name] else { return nil }
        guard let number = Double(text), number >= 0.001, number <= Self.maxTimeout else {
            throw RedisURL.invalid("\(name.rawValue) must be a number of seconds from 0.001 to 3600")
        }
        return .seconds(number)
    }
}

/// Parsers for the parts of a URL.
enum RedisURLText {
    static func takeCredentials(_ rest: inout Substring) throws -> (user: String?, password: String?) {
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let at = rest[..<end].lastIndex(of: "@") else { return (nil, nil) }
        let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        rest = rest[rest.index(after: at)...]
        let user = try decoded(parts[0])
        let password = parts.count == 2 ? try decoded(parts[1]) : nil
        return (user.isEmpty ? nil : user, password)
    }

    /// - Parameter port: the default port.
    static func endpoint(_ text: Substring, port standard: UInt16) throws -> RedisConfiguration.Endpoint {
        var host = text
        var portText: Substring?
        if text.hasPrefix("["), let bracket = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<bracket]
            let rest = text[text.index(after: bracket)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":") else {
                    throw RedisURL.invalid("after the ] of the host only :PORT may follow")
                }
                portText = rest.dropFirst()
            }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw RedisURL.invalid("the host is missing") }
        guard let portText else { return .init(host: String(host), port: standard) }
        guard let port = UInt16(portText), port > 0 else {
            throw RedisURL.invalid("the port must be a number from 1 to 65535 (in a password : is %3A and / is %2F)")
        }
        return .init(host: String(host), port: port)
    }

    static func database(_ text: some StringProtocol) throws -> Int {
        guard let number = Int(text), number >= 0 else {
            throw RedisURL.invalid("the database must be a number, 0 or greater")
        }
        return number
    }

    /// Returns the text with every `%XX` replaced by its byte.
    static func decoded(_ text: Substring) throws -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let value = UInt8(digits, radix: 16)
            else {
                throw RedisURL.invalid("after % two hexadecimal digits must follow")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let result = String(validating: bytes, as: UTF8.self) else {
            throw RedisURL.invalid("a part of it is not UTF-8")
        }
        return result
    }
}
