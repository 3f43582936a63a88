internal import HTTPClient

/// One request to the API server, without the parts that the configuration adds.
struct APIRequest: Sendable {
    let method: HTTPRequest.Method
    /// The percent-encoded path from the server's root.
    let path: String
    var query: [(name: String, value: String)] = []
    var contentType: String?
    var body: [UInt8]?
    /// The operation for error messages.
    let operation: Operation

    init(_ method: HTTPRequest.Method, _ path: String, operation: Operation) {
        self.method = method
        self.path = path
        self.operation = operation
    }
}

/// The operation of a request, for error messages.
struct Operation: Sendable {
    /// As in "did not VERB Job 'a'".
    let verb: String
    let resource: ResourceType?
    var name: String?
    var namespace: String?

    /// `create Job 'a' in namespace 'n'`.
    var phrase: String {
        guard let resource else { return verb }
        var phrase = "\(verb) "
        if let name { phrase += "\(resource.kind) '\(name)'" } else { phrase += resource.plural }
        if resource.isNamespaced, let namespace { phrase += " in namespace '\(namespace)'" }
        return phrase
    }
}

/// The `Warning` headers (RFC 7234, 5.5) of the API server about an accepted request.
enum WarningHeader {
    /// Returns the texts without repetitions.
    static func texts(of head: HTTPResponseHead) -> [String] {
        var texts: [String] = []
        for field in head.headers.fields where field.name.lowercased() == "warning" {
            for text in quoted(in: field.value) where !texts.contains(text) { texts.append(text) }
        }
        return texts
    }

    /// Returns the first quoted text of each value in `299 - "a", 299 - "b" "date"`.
    private static func quoted(in value: String) -> [String] {
        var texts: [String] = []
        var rest = value[...]
        while let code = rest.prefixMatch(of: /[\s,]*\d{3} \S+ "((?:[^"\\]|\\.)*)"(?: "[^"]*")?/) {
            texts.append(String(code.1).replacing(/\\(.)/) { String($0.1) })
            rest = rest[code.range.upperBound...]
        }
        return texts.isEmpty && !value.isEmpty ? [value] : texts
    }
}

/// Splits chunks of any length into lines.
struct LineSplitter {
    private var rest: [UInt8] = []

    /// Adds a chunk and returns the lines that it completes, except empty ones.
    mutating func add(_ chunk: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = chunk.startIndex
        while let end = chunk[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest + chunk[start..<end]
            rest = []
            if !line.isEmpty { lines.append(line) }
            start = end + 1
        }
        rest += chunk[start...]
        return lines
    }
}
