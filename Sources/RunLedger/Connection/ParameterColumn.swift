/// One parameter's values for all the rows of a batch.
enum ParameterColumn {
    case integers([Int64?])
    case unsigned([UInt64?])
    case doubles([Double?])
    case texts([String?])
    case bytes([[UInt8]?])

    static func hashes(_ hashes: [[UInt8]]) -> ParameterColumn { .bytes(hashes) }

    /// The one value of a statement that is executed once.
    static func text(_ value: String) -> ParameterColumn { .texts([value]) }
    static func integer(_ value: Int64) -> ParameterColumn { .integers([value]) }
    static func hash(_ value: [UInt8]) -> ParameterColumn { .bytes([value]) }

    /// The same value for every row.
    static func integer(_ value: Int64, repeated count: Int) -> ParameterColumn {
        .integers(Array(repeating: value, count: count))
    }

    var count: Int {
        switch self {
        case .integers(let values): values.count
        case .unsigned(let values): values.count
        case .doubles(let values): values.count
        case .texts(let values): values.count
        case .bytes(let values): values.count
        }
    }

    /// How many bytes the value of a row takes on the wire, roughly.
    func byteCount(ofRow row: Int) -> Int {
        switch self {
        case .integers, .unsigned, .doubles: 9
        case .texts(let values): (values[row]?.utf8.count ?? 0) + 10
        case .bytes(let values): (values[row]?.count ?? 0) + 10
        }
    }
}
