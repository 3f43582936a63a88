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

/// Prints values as JSON, with their keys in order.
enum PrettyJSON {
    static func of(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
