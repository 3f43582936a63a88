/// The options behind the `?` of a URL.
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
    private static let longestTimeout = 3600.0

    private var values: [Name: String] = [:]

    /// Takes the options off the end of a URL.
    init(takingFrom rest: inout Substring, _ scheme: RedisURL.Scheme) throws {
        guard let mark = rest.firstIndex(of: "?") else { return }
        let query = rest[rest.index(after: mark)...]
        rest = rest[..<mark]
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = Name(rawValue: String(parts[0])), name.suits(scheme) else {
                let names = Name.allCases.filter { $0.suits(scheme) }.map(\.rawValue).joined(separator: ", ")
                throw RedisURL.wrong(
                    "after ? only OPTION=VALUE may follow, joined by &; with \(scheme.prefix) the options are \(names)"
                        + " (a ? in a password is written %3F)")
            }
            let value = try RedisURLText.decoded(parts[1])
            guard !value.isEmpty, !value.utf8.contains(0) else {
                throw RedisURL.wrong("the option \(name.rawValue) has no usable value")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw RedisURL.wrong("the option \(name.rawValue) is given twice")
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
            guard ["yes", "no"].contains(answer) else { throw RedisURL.wrong("check_name is yes or no") }
            configuration.tls?.checksName = answer == "yes"
        }
        if values[.key] != nil, values[.cert] == nil {
            throw RedisURL.wrong("key belongs to a client certificate; give cert as well")
        }
    }

    private func seconds(_ name: Name) throws -> Duration? {
        guard let text = values[name] else { return nil }
        guard let number = Double(text), number >= 0.001, number <= Self.longestTimeout else {
            throw RedisURL.wrong("\(name.rawValue) is a number of seconds from 0.001 to 3600")
        }
        return .seconds(number)
    }
}
