internal import Glibc

/// Times of day in UTC, as the protocols of servers write them.
package enum UTCTime {
    /// `20150830T123600Z`.
    package static func compact(_ seconds: Int) -> String {
        let parts = parts(seconds)
        return digits(parts.tm_year + 1900, 4) + digits(parts.tm_mon + 1) + digits(parts.tm_mday) + "T"
            + digits(parts.tm_hour) + digits(parts.tm_min) + digits(parts.tm_sec) + "Z"
    }

    /// `2015-08-30T12:36:00.000123Z`.
    ///
    /// - Parameter microseconds: since 1970.
    package static func precise(_ microseconds: Int64) -> String {
        let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let parts = parts(Int(seconds))
        return digits(parts.tm_year + 1900, 4) + "-" + digits(parts.tm_mon + 1) + "-" + digits(parts.tm_mday) + "T"
            + digits(parts.tm_hour) + ":" + digits(parts.tm_min) + ":" + digits(parts.tm_sec) + "."
            + digits(Int32(fraction), 6) + "Z"
    }

    /// Seconds since 1970 of `2015-08-30T12:36:00.123Z`; fractions do not count. Nil for anything that is not UTC.
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

    /// Seconds since 1970.
    package static var now: Int { Int(time(nil)) }

    /// Microseconds since 1970.
    package static var preciseNow: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    private static func parts(_ seconds: Int) -> tm {
        var parts = tm()
        var time = time_t(seconds)
        gmtime_r(&time, &parts)
        return parts
    }

    private static func digits(_ value: Int32, _ count: Int = 2) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
