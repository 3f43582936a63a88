/// What a supervisor is told; `supervisor.h` specifies it.
enum SupervisorOrder {
    /// Asks the command to end.
    static let end: [UInt8] = [UInt8(ascii: "T")]

    /// Runs a command.
    ///
    /// - Parameters:
    ///   - command: the command.
    ///   - limits: what it may take.
    ///   - directory: the working directory as the supervisor sees it.
    ///   - isContained: whether it runs in a container. Then the container's own environment holds, but for what the
    ///     command sets; and memory is limited for the container, so that a program may reserve more than it uses.
    static func run(
        _ command: ModelCommand, limits: RunLimits, directory: String, isContained: Bool
    ) -> [UInt8] {
        var texts = [
            String(milliseconds(limits.grace)), String(isContained ? 0 : max(0, limits.memoryBytes ?? 0)),
            String(max(1, limits.outputBytes)), String(limits.cpuTime.map(wholeSeconds) ?? 0),
            isContained ? "1" : "0", directory, command.log, String(command.words.count),
        ]
        texts += command.words
        // Temporary files belong to the run, too, and go with it.
        let variables = command.environment.merging(["TMPDIR": directory]) { $1 }
        texts += variables.map { "\($0)=\($1)" }.sorted()
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
