/// What is wrong with a JSON file, in words.
enum DecodingProblem {
    /// Completes a sentence that ends with "is not valid:".
    static func sentence(for error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            let place = context.underlyingError.map { trimmed("\($0)") } ?? trimmed(context.debugDescription)
            return "it is not JSON: \(place) (a number in JSON is finite and has digits on both sides of its point)"
        case .dataCorrupted(let context):
            return "\(name(context.codingPath)): \(trimmed(context.debugDescription))"
        case .keyNotFound(let key, let context):
            return "it has no \"\(name(context.codingPath + [key]))\""
        case .typeMismatch(let expected, let context):
            return "\"\(name(context.codingPath))\" is not \(noun(expected))"
        case .valueNotFound(let expected, let context):
            return "\"\(name(context.codingPath))\" is null and not \(noun(expected))"
        @unknown default:
            return "\(error)"
        }
    }

    private static func name(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "the file" : path.map(\.stringValue).joined(separator: ".")
    }

    private static func noun(_ type: Any.Type) -> String {
        switch type {
        case is Double.Type: "a number"
        case is Int.Type: "a whole number"
        case is String.Type: "a text"
        default: "an object"
        }
    }

    private static func trimmed(_ text: String) -> String {
        text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
