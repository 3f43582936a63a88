#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Spans of time as people write them: `250ms`, `60s`, `2.5m`, `1h`, `2d`; and the other way round.
package enum TimeText {
    private static let units: [(name: String, seconds: Double)] = [
        ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400),
    ]

    /// The seconds that a text says.
    ///
    /// - Throws: ``ChanceError``.
    package static func seconds(_ text: String) throws(ChanceError) -> Double {
        let digits = text.prefix { !$0.isLetter || $0 == "e" || $0 == "E" }
        let unit = text[digits.endIndex...]
        guard let number = Double(digits), number.isFinite, number >= 0 else {
            throw ChanceError("'\(text)' is no span of time; write 250ms, 60s, 2.5m, 1h or 2d")
        }
        return number * (try factor(of: unit, in: text, for: "60s"))
    }

    /// The seconds of a unit.
    static func factor(
        of unit: Substring, in text: String, for example: String
    ) throws(ChanceError) -> Double {
        guard let found = units.first(where: { $0.name == unit }) else {
            throw ChanceError(
                "'\(text)' has \(unit.isEmpty ? "no unit" : "the unknown unit '\(unit)'"); "
                    + "write ms, s, m, h or d, as in \(example)")
        }
        return found.seconds
    }

    /// A span as people read it: `1 d 3 h`, `2 h 05 min`, `3 min 20 s`, `4.2 s`, `12 ms`.
    package static func text(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e15 else { return "-" }
        if seconds < 0.9995 { return "\(Int((seconds * 1_000).rounded())) ms" }
        if seconds < 59.95 { return "\((seconds * 10).rounded() / 10) s" }
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

/// A text that does not say how long something takes or how often it happens: one sentence.
package struct ChanceError: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
