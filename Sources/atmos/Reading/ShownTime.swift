internal import FoundationEssentials

/// Times and durations as people read them.
enum ShownTime {
    /// A time of day in UTC.
    static func text(microseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(microseconds) / 1e6)
            .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true).dateTimeSeparator(.space))
    }

    /// `4.2 s`, `3 min 20 s`, `2 h 5 min`.
    static func text(_ duration: Duration) -> String {
        let seconds = max(0, duration / .seconds(1))
        guard seconds >= 60 else { return "\((seconds * 10).rounded() / 10) s" }
        let whole = Int(seconds)
        return whole < 3_600
            ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3_600) h \(whole % 3_600 / 60) min"
    }
}
