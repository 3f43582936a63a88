internal import Support

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A line on standard error that is redrawn in place on a terminal. In a log it is a plain line every few seconds.
struct StatusLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var lastShown: ContinuousClock.Instant?

    /// The minimum time between two lines.
    private var interval: Duration { isTerminal ? .milliseconds(100) : .seconds(5) }

    /// Shows the current state, unless the last line is too recent.
    ///
    /// - Parameter text: returns the line; its argument says whether to include a bar.
    mutating func show(_ text: (_ withBar: Bool) -> String) {
        guard lastShown?.duration(to: .now) ?? .seconds(60) >= interval else { return }
        lastShown = .now
        if isTerminal {
            StandardError.write("\r\u{1B}[2K\(text(true).prefix(Self.terminalWidth() - 1))")
        } else {
            StandardError.write(text(false) + "\n")
        }
    }

    /// Clears the line.
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
