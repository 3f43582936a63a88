internal import Exploration
internal import LeaseQueue
internal import RunLedger

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Shows on standard error how far an exploration is: one line that renews itself on a terminal, a plain line every few
/// seconds in a log.
actor ProgressDisplay {
    private let limit: Int?
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var lastPlainLine: ContinuousClock.Instant?

    init(title: String, limit: Int?) {
        self.limit = limit
        write("\(title)\n")
    }

    func show(_ progress: LedgerProgress, _ counts: [QueueName: QueueCounts], _ rate: Double?) {
        if isTerminal {
            let line = text(progress, counts, rate, withBar: true)
            write("\r\u{1B}[2K\(line.prefix(Self.terminalWidth() - 1))")
        } else if lastPlainLine?.duration(to: .now) ?? .seconds(60) >= .seconds(5) {
            lastPlainLine = .now
            write(text(progress, counts, rate, withBar: false) + "\n")
        }
    }

    /// Leaves the line behind.
    func finish() {
        if isTerminal { write("\r\u{1B}[2K") }
    }

    private func text(
        _ progress: LedgerProgress, _ counts: [QueueName: QueueCounts], _ rate: Double?, withBar: Bool
    ) -> String {
        let target = min(limit ?? .max, progress.total)
        var parts: [String] = []
        if withBar { parts.append(Self.bar(progress.finished, of: target)) }
        parts.append("\(progress.finished) of \(limit.map { "\($0)" } ?? "\(progress.total) known") points")
        parts.append(
            "\(progress.stable) stable, \(progress.unstable) unstable, \(progress.error) errors, "
                + "\(progress.running) running, \(progress.queued) queued")
        if let rate {
            parts.append("\(Self.rounded(rate))/s")
            if rate > 0, target > progress.finished {
                let seconds = Int((Double(target - progress.finished) / rate).rounded(.up))
                // Without a limit, every stable point may bring new ones: what is known is the least.
                parts.append("\(limit == nil ? "at least " : "")\(Self.clock(seconds)) left")
            }
        }
        return parts.joined(separator: "  ")
    }

    private static func bar(_ done: Int, of total: Int) -> String {
        let width = 20
        let filled = total > 0 ? min(width, done * width / total) : 0
        return "[\(String(repeating: "█", count: filled))\(String(repeating: "·", count: width - filled))]"
    }

    private static func rounded(_ rate: Double) -> String {
        rate >= 10 ? "\(Int(rate.rounded()))" : "\((rate * 10).rounded() / 10)"
    }

    /// `1:02:03`, `2:03`.
    static func clock(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
    }

    private static func terminalWidth() -> Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
    }

    private nonisolated func write(_ text: String) {
        StandardError.write(text)
    }
}
