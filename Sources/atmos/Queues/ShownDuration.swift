internal import ArgumentParser
internal import FoundationEssentials

extension Duration {
    /// Whole seconds.
    var seconds: Double { self / .seconds(1) }

    /// For people, in the unit that fits: `250 ms`, `12 s`, `4 min`, `3 h`, `12 d`.
    var shown: String {
        switch seconds {
        case ..<1: "\(Int(seconds * 1000)) ms"
        case ..<120: "\(Int(seconds)) s"
        case ..<7200: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3600)) h"
        default: "\(Int(seconds / 86_400)) d"
        }
    }
}

/// A length of time on the command line: `30s`, `10m`, `2h`, `7d`.
struct AgeArgument: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let number = Int(argument.dropLast()),
            (0...100_000).contains(number)
        else { return nil }
        duration = .seconds(number * unit)
    }
}

/// Prints values as JSON, with their keys in order.
enum PrettyJSON {
    static func of(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
