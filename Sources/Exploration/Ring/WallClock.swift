internal import FoundationEssentials

/// The time of day, for the record only: nothing is ever decided by it.
package enum WallClock {
    /// Microseconds since 1970, UTC.
    package static func microseconds() -> Int64 {
        Int64((Date().timeIntervalSince1970 * 1e6).rounded())
    }
}
