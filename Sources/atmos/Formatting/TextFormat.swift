internal import FoundationEssentials
internal import RunLedger
internal import Support

extension String {
    /// The text on one line, with escapes for characters that would move a terminal's cursor or change its colours.
    ///
    /// Models and databases are not trusted to print only text.
    var terminalSafe: String {
        guard unicodeScalars.contains(where: \.isTerminalControl) else { return self }
        return unicodeScalars.map { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\t": "\\t"
            case "\r": "\\r"
            default: scalar.isTerminalControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
            }
        }.joined()
    }
}

extension Unicode.Scalar {
    fileprivate var isTerminalControl: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

extension Cell {
    /// The value as text: bytes as hexadecimal digits, NULL as `NULL`.
    var formatted: String {
        switch self {
        case .null: "NULL"
        case .integer(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        case .real(let value): "\(value)"
        case .decimal(let text), .text(let text): text
        case .bytes(let bytes): Hexadecimal.encode(bytes)
        }
    }
}

/// JSON with indentation and sorted keys.
enum PrettyJSON {
    /// The JSON of a value.
    ///
    /// - Parameter keys: `.convertToSnakeCase` for the reports that have always used it.
    static func text(
        of value: some Encodable, keys: JSONEncoder.KeyEncodingStrategy = .useDefaultKeys
    ) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = keys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
