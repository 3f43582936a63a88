/// The 32-bit cyclic redundancy check with Castagnoli's polynomial (RFC 3720, B.4), which object stores compute of
/// every object. Not against people, only against accidents.
package struct CRC32C: Sendable {
    /// The remainder of each byte, for the reflected polynomial 0x82F63B78.
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    private var state: UInt32 = .max

    /// Starts a check of no bytes.
    package init() {}

    /// Appends bytes to what is checked.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var state = state
        Self.table.withUnsafeBufferPointer { table in
            for byte in bytes { state = table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8 }
        }
        self.state = state
    }

    /// The check of all bytes so far.
    package var value: UInt32 { ~state }

    /// The same as its four bytes, the highest first.
    package var bytes: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
