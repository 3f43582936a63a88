/// The beginning of a response: status and headers.
package struct HTTPResponseHead: Sendable, Hashable {
    /// The status, 200 to 599.
    package let status: Int
    /// The headers, in the server's order.
    package let headers: HTTPHeaders

    /// Whether the status is one of success, 200 to 299.
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
    /// The body as it came; nothing is decompressed.
    package let body: [UInt8]

    /// The status, 200 to 599.
    package var status: Int { head.status }
    /// Whether the status is one of success, 200 to 299.
    package var isSuccess: Bool { head.isSuccess }
    /// The body as text; what is not UTF-8 is replaced.
    package var text: String { String(decoding: body, as: UTF8.self) }

    package init(head: HTTPResponseHead, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }
}
