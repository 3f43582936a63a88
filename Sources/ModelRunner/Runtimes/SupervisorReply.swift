/// What a supervisor says; `supervisor.h` specifies it.
enum SupervisorReply: Equatable {
    case ready
    case started(process: Int32)
    case failed(step: Int32, error: Int32)
    case ended(RunEnd, left: Bool, dirty: Bool)

    /// Reads a message; nil when it is none.
    init?(_ message: String) {
        let words = message.split(separator: " ")
        let numbers = words.compactMap { Int($0) }
        switch (words.first, words.count, numbers.count) {
        case ("ready", 1, 0): self = .ready
        case ("started", 2, 1): self = .started(process: Int32(truncatingIfNeeded: numbers[0]))
        case ("failed", 3, 2):
            self = .failed(step: Int32(truncatingIfNeeded: numbers[0]), error: Int32(truncatingIfNeeded: numbers[1]))
        case ("ended", 8, 6):
            let end = RunEnd(
                status: words[1] == "signal" ? .signaled(numbers[0]) : .exited(numbers[0]),
                peakMemoryBytes: numbers[2] << 10, cpuTime: .milliseconds(numbers[1]),
                ranOutOfMemory: numbers[3] != 0)
            self = .ended(end, left: numbers[4] != 0, dirty: numbers[5] != 0)
        default: return nil
        }
    }
}
