/// What a supervisor is told; `supervisor.h` specifies it.
enum SupervisorOrder {
    /// Asks the command to end.
    static let end: [UInt8] = [UInt8(ascii: "T")]

    /// Runs a command.
    ///
    /// - Parameters:
    ///   - directory: the working directory as the supervisor sees it.
    ///   - inheritsEnvironment: whether the supervisor's own environment holds, but for what the command sets.
    static func run(
        _ command: ModelCommand, limits: RunLimits, directory: String, inheritsEnvironment: Bool
    ) -> [UInt8] {
        var texts = [
            String(milliseconds(limits.grace)), String(max(0, limits.memoryBytes ?? 0)),
            String(max(1, limits.outputBytes)), String(limits.cpuTime.map(wholeSeconds) ?? 0),
            inheritsEnvironment ? "1" : "0", directory, command.log, String(command.words.count),
        ]
        texts += command.words
        texts += command.environment.map { "\($0)=\($1)" }.sorted()
        return [UInt8(ascii: "R")] + texts.flatMap { $0.utf8 + [0] }
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        max(0, Int(duration / .milliseconds(1)))
    }

    /// The kernel counts whole seconds; below them, the monitor is the one to see the limit.
    private static func wholeSeconds(_ duration: Duration) -> Int {
        max(1, Int((duration / .seconds(1)).rounded(.up)))
    }
}
