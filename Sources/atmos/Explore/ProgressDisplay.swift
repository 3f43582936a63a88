internal import LeaseQueue
internal import RunLedger
internal import Support

/// Shows on standard error how far an exploration is.
actor ProgressDisplay {
    private let limit: Int?
    private var line = StatusLine()

    init(title: String, limit: Int?) {
        self.limit = limit
        StandardError.write("\(title)\n")
    }

    func show(_ progress: LedgerProgress, _ counts: [QueueName: QueueCounts], _ rate: Double?) {
        line.show { text(progress, counts, rate, withBar: $0) }
    }

    /// Leaves the line behind.
    func finish() {
        line.finish()
    }

    private func text(
        _ progress: LedgerProgress, _ counts: [QueueName: QueueCounts], _ rate: Double?, withBar: Bool
    ) -> String {
        let target = min(limit ?? .max, progress.total)
        var parts: [String] = []
        if withBar { parts.append(StatusLine.bar(progress.finished, of: target)) }
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

    private static func rounded(_ rate: Double) -> String {
        rate >= 10 ? "\(Int(rate.rounded()))" : "\((rate * 10).rounded() / 10)"
    }

    /// `1:02:03`, `2:03`.
    static func clock(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
    }
}
