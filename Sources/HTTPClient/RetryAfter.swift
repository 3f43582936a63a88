internal import Glibc

/// The `Retry-After` header (RFC 9110, 10.2.3): seconds, or the time of day from which on the server can be asked again.
enum RetryAfter {
    /// How long from now the server wants to be left alone; nil when it does not say.
    static func duration(of head: HTTPResponseHead) -> Duration? {
        guard let text = head.headers["Retry-After"] else { return nil }
        if let seconds = Int(text) { return .seconds(min(max(0, seconds), 86_400)) }
        // The server's own clock, where it gives one, so that ours need not be right.
        let now = head.headers["Date"].flatMap(time) ?? Int(Glibc.time(nil))
        return time(text).map { .seconds(min(max(0, $0 - now), 86_400)) }
    }

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of dates that servers still send.
    static func time(_ text: String) -> Int? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int32(words[1]), let year = Int32(words[3]),
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int32($0) }
        guard clock.count == 3 else { return nil }
        var parts = tm()
        parts.tm_year = year - 1900
        parts.tm_mon = Int32(month)
        parts.tm_mday = day
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (clock[0], clock[1], clock[2])
        return timegm(&parts)
    }
}
