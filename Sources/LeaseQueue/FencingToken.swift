/// A number that every lease of a namespace gets and that only grows: a later lease on a job makes every earlier one
/// powerless, and whoever stores results can refuse one that carries a smaller token.
///
/// Tokens start from the server's time in microseconds, so that they keep growing even after the server lost its data.
public struct FencingToken: RawRepresentable, Sendable, Comparable, Hashable, Codable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt64

    /// A token of a number.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The earlier token is the smaller one.
    public static func < (left: FencingToken, right: FencingToken) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The number in decimal digits.
    public var description: String { String(rawValue) }
}
