internal import RunLedger
internal import Support

extension Cell {
    /// The value as people read it: bytes as hexadecimal, NULL by its name.
    var shown: String {
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
