internal import Support

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A line on standard error that renews itself on a terminal; in a log, a plain line every few seconds.
struct StatusLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var latest: ContinuousClock.Instant?

    /// How long a line stands before the next is wanted.
    private var pause: Duration { isTerminal ? .milliseconds(100) : .seconds(5) }

    /// Shows how things are, if it is time to.
    ///
    /// - Parameter text: makes the line; it is told whether a bar suits it.
    mutating func show(_ text: (_ withBar: Bool) -> String) {
        guard latest?.duration(to: .now) ?? .seconds(60) >= pause else { return }
        latest = .now
        if isTerminal {
            StandardError.write("\r\u{1B}[2K\(text(true).prefix(Self.terminalWidth() - 1))")
        } else {
            StandardError.write(text(false) + "\n")
        }
    }

    /// Leaves the line behind.
    func finish() {
        if isTerminal { StandardError.write("\r\u{1B}[2K") }
    }

    static func bar(_ done: Int, of total: Int) -> String {
        let width = 20
        let filled = total > 0 ? min(width, done * width / total) : 0
        return "[\(String(repeating: "█", count: filled))\(String(repeating: "·", count: width - filled))]"
    }

    private static func terminalWidth() -> Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
    }
}
