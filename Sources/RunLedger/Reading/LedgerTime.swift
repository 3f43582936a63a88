/// A date and time in UTC that was found well formed.
struct LedgerTime: Hashable, Sendable {
    /// `2026-01-31T12:00:00.000000`
    let text: String

    /// Reads `2026-01-31`, optionally followed by a `T` or a blank, hours and minutes, seconds, a fraction of up to six
    /// digits, and a `Z`; nil for anything else, or where there is no such day or hour.
    init?(_ text: String) {
        var rest = Digits(text)
        guard let year = rest.take(4...4), rest.take("-"), let month = rest.take(2...2), rest.take("-"),
            let day = rest.take(2...2), (1...12).contains(Int(month)!),
            (1...Self.days(of: Int(month)!, Int(year)!)).contains(Int(day)!)
        else { return nil }
        var (hour, minute, second, fraction) = ("00", "00", "00", "")
        if rest.take("T") || rest.take(" ") {
            guard let hours = rest.take(2...2), rest.take(":"), let minutes = rest.take(2...2) else { return nil }
            (hour, minute) = (hours, minutes)
            if rest.take(":") {
                guard let seconds = rest.take(2...2) else { return nil }
                second = seconds
                if rest.take(".") {
                    guard let digits = rest.take(1...6) else { return nil }
                    fraction = digits
                }
            }
            _ = rest.take("Z")
        }
        guard rest.isEmpty, Int(hour)! < 24, Int(minute)! < 60, Int(second)! < 60 else { return nil }
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        self.text = "\(year)-\(month)-\(day)T\(hour):\(minute):\(second).\(fraction)\(zeros)"
    }

    /// Takes digits and signs off the front of a text. A million of them are read with a file of runs, for which a regular
    /// expression is too slow.
    private struct Digits {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        var isEmpty: Bool { rest.isEmpty }

        /// As many digits as there are, if it is one of these numbers of them.
        mutating func take(_ count: ClosedRange<Int>) -> String? {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard count.contains(digits.count) else { return nil }
            rest = rest[digits.endIndex...]
            return String(Substring(digits))
        }

        mutating func take(_ sign: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: sign) else { return false }
            rest.removeFirst()
            return true
        }
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
