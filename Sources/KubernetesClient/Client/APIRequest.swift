internal import HTTPClient

/// One request to the API server, without what the configuration adds.
struct APIRequest: Sendable {
    let method: HTTPRequest.Method
    /// From the server's root, percent-encoded.
    let path: String
    var query: [(name: String, value: String)] = []
    var contentType: String?
    var body: [UInt8]?
    /// For the sentence about a failure.
    let operation: Operation

    init(_ method: HTTPRequest.Method, _ path: String, operation: Operation) {
        self.method = method
        self.path = path
        self.operation = operation
    }
}
