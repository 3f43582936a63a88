/// The parts of a ledger's URL, as they stand in it.
struct LedgerURL {
    var user: String
    var password: String?
    var host: String
    var port: UInt16?
    var database: String
    var socketPath: String?

    /// No message quotes the text itself: it may hold a password.
    init(_ text: String) throws {
        let form = "write mariadb://user[:password]@host[:port]/database[?socket=/path]"
        func wrong(_ problem: String) -> LedgerError {
            LedgerError(.configuration, "The ledger's URL \(problem): \(form).")
        }

        guard let schemeEnd = text.firstRange(of: "://") else { throw wrong("has no scheme") }
        let scheme = text[..<schemeEnd.lowerBound].lowercased()
        guard scheme == "mariadb" else {
            throw wrong(
                scheme == "mysql" ? "names a MySQL server, which is not supported" : "does not begin mariadb://")
        }

        var rest = text[schemeEnd.upperBound...]
        let query = rest.firstIndex(of: "?").map { rest[rest.index(after: $0)...] }
        rest = rest[..<(rest.firstIndex(of: "?") ?? rest.endIndex)]
        guard let slash = rest.lastIndex(of: "/"), let name = Self.decode(rest[rest.index(after: slash)...]),
            !name.isEmpty
        else { throw wrong("names no database") }
        database = name

        let authority = rest[..<slash]
        guard let at = authority.lastIndex(of: "@") else { throw wrong("names no user") }
        let login = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = Self.decode(login[0]), !user.isEmpty else { throw wrong("names no user") }
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
        guard !host.isEmpty else { throw wrong("names no host") }
        if let portStart {
            guard let port = UInt16(address[portStart...]), port > 0 else { throw wrong("has a port that is none") }
            self.port = port
        }

        for item in (query ?? "").split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair[0] == "socket", pair.count == 2, let path = Self.decode(pair[1]), path.hasPrefix("/") else {
                throw wrong("has an option other than socket=/path (“\(pair[0])”)")
            }
            socketPath = path
        }
    }

    /// Undoes percent-encoding, or gives nil where it is broken.
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
