/// The parts of a ledger's URL.
struct LedgerURL {
    var user: String
    var password: String?
    var host: String
    var port: UInt16?
    var database: String
    /// `mariadb` or `mysql`, as written. The kind of server is detected when connecting.
    var scheme: String
    /// The options after the question mark.
    var options: [Option: String] = [:]

    /// The options by their names in the URL.
    enum Option: String, CaseIterable {
        case socket
        case authority = "ssl_ca"
        case certificate = "ssl_cert"
        case key = "ssl_key"
        case tlsMode = "ssl_mode"
        case connectTimeout = "connect_timeout"
        case readTimeout = "read_timeout"
        case writeTimeout = "write_timeout"
    }

    /// In seconds.
    private static let maxTimeout = 3_600

    /// A problem of a URL; its text completes "the ledger's URL …".
    struct Problem: Error {
        let text: String

        init(_ text: String) { self.text = text }
    }

    /// Parses a URL. Error messages never quote it, since it may contain a password.
    init(_ text: String) throws(Problem) {
        func wrong(_ problem: String) -> Problem { Problem(problem) }

        guard let schemeEnd = text.firstRange(of: "://") else { throw wrong("lacks a scheme") }
        scheme = text[..<schemeEnd.lowerBound].lowercased()
        guard ["mariadb", "mysql"].contains(scheme) else { throw wrong("does not begin with mariadb:// or mysql://") }

        var rest = text[schemeEnd.upperBound...]
        let query = rest.firstIndex(of: "?").map { rest[rest.index(after: $0)...] }
        rest = rest[..<(rest.firstIndex(of: "?") ?? rest.endIndex)]
        guard let slash = rest.lastIndex(of: "/"), let name = Self.decode(rest[rest.index(after: slash)...]),
            !name.isEmpty
        else { throw wrong("does not name a database") }
        database = name

        let authority = rest[..<slash]
        guard let at = authority.lastIndex(of: "@") else { throw wrong("does not name a user") }
        let login = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = Self.decode(login[0]), !user.isEmpty else { throw wrong("does not name a user") }
        self.user = user
        if login.count == 2 {
            guard let password = Self.decode(login[1]) else { throw wrong("has a password with a broken % code") }
            self.password = password
        }

        let address = authority[authority.index(after: at)...]
        let portStart: Substring.Index?
        if address.hasPrefix("["), let end = address.firstIndex(of: "]") {
            host = String(address[address.index(after: address.startIndex)..<end])
            let after = address.index(after: end)
            guard after == address.endIndex || address[after] == ":" else { throw wrong("has a broken host") }
            portStart = after == address.endIndex ? nil : address.index(after: after)
        } else {
            let colon = address.firstIndex(of: ":")
            host = String(address[..<(colon ?? address.endIndex)])
            portStart = colon.map { address.index(after: $0) }
        }
        guard !host.isEmpty else { throw wrong("does not name a host") }
        if let portStart {
            guard let port = UInt16(address[portStart...]), port > 0 else { throw wrong("has an invalid port") }
            self.port = port
        }

        for item in (query ?? "").split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let option = Option(rawValue: String(pair[0])) else {
                throw wrong(
                    "has an unknown option '\(pair[0])'; the options are "
                        + Option.allCases.map(\.rawValue).joined(separator: ", "))
            }
            guard pair.count == 2, let value = Self.decode(pair[1]), !value.isEmpty else {
                throw wrong("has an option \(option.rawValue) without a value")
            }
            guard options.updateValue(value, forKey: option) == nil else {
                throw wrong("has the option \(option.rawValue) twice")
            }
        }
        if let socket = options[.socket] {
            guard socket.hasPrefix("/") else { throw wrong("has a socket that is not /path") }
            // For any other host the client library would ignore the socket and connect to the host.
            guard host == "localhost" else { throw wrong("names a socket and a host other than localhost") }
        }
    }

    /// Returns the value of an option in seconds; `nil` if the URL does not have it.
    func seconds(_ option: Option) throws(Problem) -> Duration? {
        guard let text = options[option] else { return nil }
        guard let seconds = Int(text), (1...Self.maxTimeout).contains(seconds) else {
            throw Problem(
                "has a \(option.rawValue) that is not a whole number of seconds from 1 to \(Self.maxTimeout)")
        }
        return .seconds(seconds)
    }

    /// Decodes percent-encoding; `nil` if it is malformed.
    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
