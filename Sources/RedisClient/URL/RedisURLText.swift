/// The parts that URLs of Redis servers are made of.
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

    /// - Parameter port: the port where none is given.
    static func endpoint(_ text: Substring, port standard: UInt16) throws -> RedisConfiguration.Endpoint {
        var host = text
        var portText: Substring?
        if text.hasPrefix("["), let bracket = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<bracket]
            let rest = text[text.index(after: bracket)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":") else {
                    throw RedisURL.wrong("after the ] of the host only :PORT may follow")
                }
                portText = rest.dropFirst()
            }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw RedisURL.wrong("the host is missing") }
        guard let portText else { return .init(host: String(host), port: standard) }
        guard let port = UInt16(portText), port > 0 else {
            throw RedisURL.wrong("the port must be a number from 1 to 65535 (in a password : is %3A and / is %2F)")
        }
        return .init(host: String(host), port: port)
    }

    static func database(_ text: some StringProtocol) throws -> Int {
        guard let number = Int(text), number >= 0 else {
            throw RedisURL.wrong("the database must be a number from 0 on")
        }
        return number
    }

    /// The text with every `%XX` replaced by its byte.
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
                throw RedisURL.wrong("after % two hexadecimal digits must follow")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let result = String(validating: bytes, as: UTF8.self) else {
            throw RedisURL.wrong("a part of it is not UTF-8")
        }
        return result
    }
}
