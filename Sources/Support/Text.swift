/// Writes text as JSON.
package enum JSONText {
    /// The text as a JSON string with its quotes, on one line.
    package static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _
            where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                || scalar.value == 0x2028 || scalar.value == 0x2029:
                quoted += escape(scalar.value)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// A JSON escape for a code unit of UTF-16.
    ///
    /// - Parameter unit: 0…0xFFFF.
    package static func escape(_ unit: UInt32) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

/// Writes text as CSV (RFC 4180).
package enum CSVText {
    /// The text as a field: in quotes if it contains a comma, a quote or a line break.
    package static func field(_ text: String) -> String {
        let needsQuotes = text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        return needsQuotes ? quoted(text) : text
    }

    /// The text as a field in quotes.
    package static func quoted(_ text: String) -> String {
        "\"\(text.replacing("\"", with: "\"\""))\""
    }
}

/// Reads the text of a file that holds a secret.
package enum SecretText {
    /// The text without the one line break that an editor leaves at the end.
    package static func trimmed(_ text: String) -> String {
        text.last?.isNewline == true ? String(text.dropLast()) : text
    }
}
