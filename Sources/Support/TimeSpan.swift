/// A length of time as users write and read it: `250ms`, `60s`, `2.5m`, `1h`, `2d`, `1w`.
package struct TimeSpan: Sendable, Hashable {
    /// The units in the order of their length.
    package static let units: [(name: String, seconds: Double)] = [
        ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("w", 604_800),
    ]
    /// The longest span: about 30,000 years.
    private static let maxSeconds = 1e12

    /// The length.
    package let duration: Duration

    /// Creates a span of this length.
    package init(_ duration: Duration) {
        self.duration = duration
    }

    /// Reads a number with a unit; `nil` for any other text, a negative number, or a span above 30,000 years.
    package init?(_ text: some StringProtocol) {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let unit = Self.units.first(where: { $0.name == text[digits.endIndex...] }),
            let number = Double(digits), number.isFinite, number >= 0, number * unit.seconds <= Self.maxSeconds
        else { return nil }
        duration = .seconds(number * unit.seconds)
    }

    /// The span in seconds.
    package var seconds: Double { duration / .seconds(1) }
}

extension TimeSpan: CustomStringConvertible {
    /// The span for a reader, in the one or two units that fit: `12 ms`, `4.2 s`, `3 min 20 s`, `2 h 05 min`, `1 d 03 h`.
    package var description: String { Self.text(seconds: seconds) }

    /// A number of seconds for a reader, as in ``description``; `-` for one that is infinite, NaN or beyond reason.
    package static func text(seconds: Double) -> String {
        guard seconds.isFinite, seconds.magnitude < 1e15 else { return "-" }
        guard seconds >= 0 else { return "-" + text(seconds: -seconds) }
        if seconds < 0.9995 { return "\(Int((seconds * 1_000).rounded())) ms" }
        if seconds < 59.95 {
            let tenths = (seconds * 10).rounded() / 10
            return tenths == tenths.rounded() ? "\(Int(tenths)) s" : "\(tenths) s"
        }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if seconds < 3_599.5 {
            let whole = Int(seconds.rounded())
            return "\(whole / 60) min \(two(whole % 60)) s"
        }
        let minutes = Int((seconds / 60).rounded())
        if minutes < 1_440 { return "\(minutes / 60) h \(two(minutes % 60)) min" }
        let hours = Int((seconds / 3_600).rounded())
        return "\(hours / 24) d \(two(hours % 24)) h"
    }
}
