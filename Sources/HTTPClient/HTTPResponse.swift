/// The status and the headers of a response.
package struct HTTPResponseHead: Sendable, Hashable {
    /// The status, 200 to 599.
    package let status: Int
    /// The headers in the server's order.
    package let headers: HTTPHeaders

    /// Whether the status is 200 to 299.
    package var isSuccess: Bool { (200..<300).contains(status) }

    package init(status: Int, headers: HTTPHeaders = [:]) {
        self.status = status
        self.headers = headers
    }
}

/// A response whose body is in memory.
package struct HTTPResponse: Sendable, Hashable {
    /// Status and headers.
    package let head: HTTPResponseHead
    /// The body as received; nothing is decompressed.
    package let body: [UInt8]

    /// The status, 200 to 599.
    package var status: Int { head.status }
    /// Whether the status is 200 to 299.
    package var isSuccess: Bool { head.isSuccess }
    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    package var text: String { String(decoding: body, as: UTF8.self) }

    package init(head: HTTPResponseHead, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }
}

/// The header lines of a request or a response. Names are case-insensitive.
package struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One header line.
    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    /// The lines in the order in which they were added.
    package private(set) var fields: [Field] = []

    /// Creates an empty set of headers.
    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// Adds a line and keeps other lines of the same name.
    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// The first value of a name. Setting it replaces all lines of that name; `nil` removes them.
    package subscript(name: String) -> String? {
        get { fields.first { Self.isSame($0.name, name) }?.value }
        set {
            fields.removeAll { Self.isSame($0.name, name) }
            if let newValue { add(name, newValue) }
        }
    }

    private static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
