internal import Support

/// One combination of parameter values, exact and in the declared order of its space.
package struct Point: Hashable, Sendable {
    package let values: [ExactDecimal]

    init(values: [ExactDecimal]) {
        self.values = values
    }

    /// The values' canonical text, comma-separated: `0.21,0.7772982887,0.0123,1.63e-6,0.0004,8.13e-8`.
    package var code: String {
        values.map(\.description).joined(separator: ",")
    }
}

/// The SHA-256 of a point's names and exact values: the key of its run in the ledger.
///
/// The hashed text has one line `NAME=VALUE` for each parameter, sorted by name as bytes, each ended by a newline. It
/// depends neither on the declared order nor on the notation of a value.
package struct PointHash: Hashable, Sendable, CustomStringConvertible {
    /// The digest's 32 bytes.
    package let bytes: [UInt8]

    init(of point: Point, in space: Space) {
        var text = ""
        for index in space.hashingOrder {
            text += space.parameters[index].name
            text += "="
            text += point.values[index].description
            text += "\n"
        }
        bytes = SHA256.hash(text.utf8)
    }

    /// `nil` unless there are 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == SHA256.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Reads 64 hexadecimal digits; `nil` for any other text.
    package init?(_ text: String) {
        guard let bytes = Hexadecimal.decode(text), bytes.count == SHA256.byteCount else { return nil }
        self.bytes = bytes
    }

    /// The 64 lower-case hexadecimal digits.
    package var description: String {
        Hexadecimal.encode(bytes)
    }
}
