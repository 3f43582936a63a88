/// A date and time in UTC that was found well formed.
struct LedgerTime: Hashable, Sendable {
    /// `2026-01-31T12:00:00.000000`
    let text: String

    /// Reads `2026-01-31`, optionally followed by a `T` or a blank, hours and minutes, seconds, a fraction of up to six
    /// digits, and a `Z`; nil for anything else, or where there is no such day or hour.
    init?(_ text: String) {
        let pattern = /(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?Z?)?/
        guard text.utf8.count <= 32, let match = try? pattern.asciiOnlyDigits().wholeMatch(in: text) else { return nil }
        let parts = match.output
        let hour = parts.4 ?? "00"
        let minute = parts.5 ?? "00"
        let second = parts.6 ?? "00"
        guard let year = Int(parts.1), let month = Int(parts.2), let day = Int(parts.3), (1...12).contains(month),
            (1...Self.days(of: month, year)).contains(day), Int(hour)! < 24, Int(minute)! < 60, Int(second)! < 60
        else { return nil }
        let fraction = parts.7 ?? ""
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        self.text = "\(parts.1)-\(parts.2)-\(parts.3)T\(hour):\(minute):\(second).\(fraction)\(zeros)"
    }

    private static func days(of month: Int, _ year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// A hash as hexadecimal digits.
enum HashText {
    /// The 32 bytes; nil for anything but 64 hexadecimal digits.
    static func bytes(_ text: String) -> [UInt8]? {
        guard text.utf8.count == 2 * RecordCheck.hashLength else { return nil }
        return bytes(digits: Array(text.utf8))
    }

    /// The least and the greatest hash that begin with these digits; nil where `prefix` is not 1 to 64 of them.
    static func range(prefix: String) -> (least: [UInt8], greatest: [UInt8])? {
        let digits = Array(prefix.utf8)
        let missing = 2 * RecordCheck.hashLength - digits.count
        guard !digits.isEmpty, missing >= 0,
            let least = bytes(digits: digits + Array(repeating: UInt8(ascii: "0"), count: missing)),
            let greatest = bytes(digits: digits + Array(repeating: UInt8(ascii: "f"), count: missing))
        else { return nil }
        return (least, greatest)
    }

    private static func bytes(digits: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count - 1, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
