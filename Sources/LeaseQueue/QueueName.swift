/// The name of a queue: one or more of `a…z`, `0…9` and `_`.
public struct QueueName: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    /// The name.
    public let rawValue: String

    /// The name, or nil when it is not one.
    public init?(rawValue: String) {
        let isName = rawValue.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
        guard isName, (1...64).contains(rawValue.utf8.count) else { return nil }
        self.rawValue = rawValue
    }

    /// A name spelled out in the program; anything else than a name is a programming error.
    public init(stringLiteral value: String) {
        guard let name = Self(rawValue: value) else { preconditionFailure("“\(value)” is no queue's name") }
        self = name
    }

    /// The name.
    public var description: String { rawValue }
}
