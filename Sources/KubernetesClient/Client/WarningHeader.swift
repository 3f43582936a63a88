internal import HTTPClient

/// The `Warning` headers (RFC 7234, 5.5) by which the API server tells of what it let pass.
enum WarningHeader {
    /// The texts, in order, without repetitions.
    static func texts(of head: HTTPResponseHead) -> [String] {
        var texts: [String] = []
        for field in head.headers.fields where field.name.lowercased() == "warning" {
            for text in quoted(in: field.value) where !texts.contains(text) { texts.append(text) }
        }
        return texts
    }

    /// The quoted texts of `299 - "a", 299 - "b" "date"`: of each value the first.
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
