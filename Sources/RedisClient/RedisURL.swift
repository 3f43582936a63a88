/// Reads the URLs of Redis servers. No message repeats a part of the URL, for any of it may be a mistyped password.
enum RedisURL {
    static func parse(_ url: String) throws -> RedisConfiguration {
        guard let scheme = Scheme(of: url) else {
            throw wrong("it must begin with redis:// or unix://")
        }
        var rest = url.dropFirst(scheme.prefix.count)
        let options = try takeQuery(&rest)
        switch scheme {
        case .redis: return try tcp(rest, options: options)
        case .unix: return try unixSocket(rest, options: options)
        case .rediss: throw wrong("TLS (rediss://) is not supported yet by this build")
        case .sentinel: throw wrong("Sentinel (redis+sentinel://) is not supported yet by this build")
        }
    }

    private enum Scheme: String, CaseIterable {
        case redis, unix, rediss
        case sentinel = "redis+sentinel"

        var prefix: String { "\(rawValue)://" }

        init?(of url: String) {
            guard let scheme = Self.allCases.first(where: { url.hasPrefix($0.prefix) }) else { return nil }
            self = scheme
        }
    }

    private static func tcp(_ text: Substring, options: [String: String]) throws -> RedisConfiguration {
        var rest = text
        let credentials = try takeCredentials(&rest)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let path = rest[slash...].dropFirst()
        let (host, port) = try hostAndPort(rest[..<slash])
        var database = try options["db"].map { try databaseNumber($0) } ?? 0
        if !path.isEmpty { database = try databaseNumber(path) }
        return RedisConfiguration(
            address: .tcp(host: host, port: port), user: credentials.user, password: credentials.password,
            database: database)
    }

    private static func unixSocket(_ text: Substring, options: [String: String]) throws -> RedisConfiguration {
        var rest = text
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var authority = rest[..<slash]
        let credentials = try takeCredentials(&authority)
        guard authority.isEmpty else { throw wrong("a Unix socket has no host; write unix:///path/of.sock") }
        rest = rest[slash...]
        let path = try decoded(rest)
        guard path.utf8.count > 1 else { throw wrong("the path of the Unix socket is missing") }
        guard path.utf8.count <= 107 else { throw wrong("the path of a Unix socket has at most 107 bytes") }
        guard !path.utf8.contains(0) else { throw wrong("the path of the Unix socket holds a zero byte") }
        return RedisConfiguration(
            address: .unixSocket(path: path), user: credentials.user, password: credentials.password,
            database: try options["db"].map { try databaseNumber($0) } ?? 0)
    }

    private static func takeQuery(_ rest: inout Substring) throws -> [String: String] {
        guard let mark = rest.firstIndex(of: "?") else { return [:] }
        let query = rest[rest.index(after: mark)...]
        rest = rest[..<mark]
        var options: [String: String] = [:]
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0] == "db", parts.count == 2 else {
                throw wrong("the only option after ? is db=NUMBER (a ? in a password is written %3F)")
            }
            options["db"] = String(parts[1])
        }
        return options
    }

    private static func takeCredentials(_ rest: inout Substring) throws -> (user: String?, password: String?) {
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let at = rest[..<end].lastIndex(of: "@") else { return (nil, nil) }
        let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        rest = rest[rest.index(after: at)...]
        let user = try decoded(parts[0])
        let password = parts.count == 2 ? try decoded(parts[1]) : nil
        return (user.isEmpty ? nil : user, password)
    }

    private static func hostAndPort(_ text: Substring) throws -> (host: String, port: UInt16) {
        var host = text
        var portText: Substring?
        if text.hasPrefix("["), let bracket = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<bracket]
            let rest = text[text.index(after: bracket)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":") else { throw wrong("after the ] of the host only :PORT may follow") }
                portText = rest.dropFirst()
            }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw wrong("the host is missing") }
        guard let portText else { return (String(host), 6379) }
        guard let port = UInt16(portText), port > 0 else {
            throw wrong("the port must be a number from 1 to 65535 (in a password : is %3A and / is %2F)")
        }
        return (String(host), port)
    }

    private static func databaseNumber(_ text: some StringProtocol) throws -> Int {
        guard let number = Int(text), number >= 0 else {
            throw wrong("the database must be a number from 0 on")
        }
        return number
    }

    private static func decoded(_ text: Substring) throws -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let value = UInt8(digits, radix: 16)
            else {
                throw wrong("after % two hexadecimal digits must follow")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let result = String(validating: bytes, as: UTF8.self) else { throw wrong("a part of it is not UTF-8") }
        return result
    }

    private static func wrong(_ reason: String) -> RedisError {
        RedisError(
            code: .configuration,
            message:
                "The Redis URL cannot be used: \(reason). It looks like redis://[user:password@]host[:port][/database]"
                + " or unix://[user:password@]/path/of.sock[?db=NUMBER].")
    }
}
