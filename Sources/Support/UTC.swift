internal import Glibc

/// Times of day in UTC. They are only recorded and shown: no decision depends on them.
package enum UTC {
    /// Seconds since 1970.
    package static var now: Int { Int(time(nil)) }

    /// Microseconds since 1970.
    package static var microsecondsNow: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// ISO 8601 without separators, such as `20150830T123600Z`.
    ///
    /// - Parameter seconds: since 1970.
    package static func compact(_ seconds: Int) -> String {
        let parts = parts(seconds)
        return dateText(parts, separator: "") + "T" + timeText(parts, separator: "") + "Z"
    }

    /// RFC 3339 to the second, such as `2015-08-30T12:36:00Z`.
    ///
    /// - Parameter seconds: since 1970.
    package static func text(_ seconds: Int) -> String {
        let parts = parts(seconds)
        return dateText(parts) + "T" + timeText(parts) + "Z"
    }

    /// RFC 3339 to the microsecond, such as `2015-08-30T12:36:00.000123Z`.
    ///
    /// - Parameter microseconds: since 1970.
    package static func text(microseconds: Int64) -> String {
        let (seconds, fraction) = split(microseconds, 1_000_000)
        let parts = parts(seconds)
        return dateText(parts) + "T" + timeText(parts) + "." + digits(fraction, 6) + "Z"
    }

    /// A time for a reader, to the millisecond and without a time zone, such as `2015-08-30 12:36:00.123`.
    ///
    /// - Parameter microseconds: since 1970.
    package static func readable(microseconds: Int64) -> String {
        let (seconds, fraction) = split(microseconds, 1_000_000)
        let parts = parts(seconds)
        return dateText(parts) + " " + timeText(parts) + "." + digits(fraction / 1000, 3)
    }

    /// Seconds since 1970 of a text such as `2015-08-30T12:36:00.123Z`, whose fraction is dropped; `nil` for anything
    /// that is not UTC.
    package static func seconds(_ text: String) -> Int? {
        guard
            let match = text.wholeMatch(
                of: /(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:Z|\+00:?00)/),
            let year = Int32(match.1), let month = Int32(match.2), let day = Int32(match.3), let hour = Int32(match.4),
            let minute = Int32(match.5), let second = Int32(match.6)
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, month - 1, day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
        return timegm(&parts)
    }

    private static func split(_ time: Int64, _ unit: Int64) -> (seconds: Int, fraction: Int) {
        let (seconds, fraction) = time.quotientAndRemainder(dividingBy: unit)
        return fraction < 0 ? (Int(seconds) - 1, Int(fraction + unit)) : (Int(seconds), Int(fraction))
    }

    private static func parts(_ seconds: Int) -> tm {
        var parts = tm()
        var time = time_t(seconds)
        gmtime_r(&time, &parts)
        return parts
    }

    private static func dateText(_ parts: tm, separator: String = "-") -> String {
        [digits(parts.tm_year + 1900, 4), digits(parts.tm_mon + 1, 2), digits(parts.tm_mday, 2)]
            .joined(separator: separator)
    }

    private static func timeText(_ parts: tm, separator: String = ":") -> String {
        [digits(parts.tm_hour, 2), digits(parts.tm_min, 2), digits(parts.tm_sec, 2)].joined(separator: separator)
    }

    private static func digits(_ value: some BinaryInteger, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
