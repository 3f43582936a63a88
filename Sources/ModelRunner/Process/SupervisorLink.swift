internal import Dispatch
internal import Glibc
internal import Synchronization

/// The connection to a supervisor. One run goes over it at a time.
///
/// Nothing here heeds the cancellation of a task: whoever cancels a run asks for its end, and that end is awaited.
final class SupervisorLink: Sendable {
    /// How long a supervisor that should have answered may be silent. One in a container that somebody has frozen would
    /// be so for ever.
    private static let patience = Duration.seconds(15)

    private struct State {
        /// How many commands have begun.
        var begun = 0
        /// Whether the last of them runs.
        var runs = false
        var isAbandoned = false
    }

    /// The supervisor's own process, where it is a child of this one.
    let process: pid_t?

    private let socket: CInt
    private let state = Mutex(State())
    /// Reading waits, so it has a thread of its own.
    private let queue = DispatchQueue(label: "atmos.supervisor")

    /// Takes a connected socket over.
    init(socket: CInt, process: pid_t?) {
        self.socket = socket
        self.process = process
    }

    deinit {
        close(socket)
        // It exits when its connection closes, at once where nothing runs.
        if let process { Self.reap(process) }
    }

    /// Waits for what the supervisor says next; nil when it is gone.
    func next() async -> SupervisorReply? {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.receive()) }
        }
    }

    /// Gives an order and waits for what the supervisor says to it.
    ///
    /// - Returns: nil when the supervisor is gone; a failure with `E2BIG` when the order is more than the kernel takes.
    func begin(_ order: [UInt8]) async -> SupervisorReply? {
        await withCheckedContinuation { continuation in
            queue.async {
                guard Glibc.send(self.socket, order, order.count, Int32(MSG_NOSIGNAL)) < 0 else {
                    return continuation.resume(returning: self.receive())
                }
                continuation.resume(returning: errno == EMSGSIZE ? .failed(step: 1, error: E2BIG) : nil)
            }
        }
    }

    /// Asks the command to end, if one runs, and gives the supervisor up if its end is not heard of in time.
    func askToEnd(grace: Duration) {
        let state = state.withLock { $0 }
        guard state.runs else { return }
        after(grace + Self.patience) { link in
            if link.state.withLock({ $0.runs && $0.begun == state.begun }) { link.abandon() }
        }
        let order = SupervisorRequest.end
        _ = Glibc.send(socket, order, order.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }

    /// Tells the supervisor to leave, and waits until it has.
    ///
    /// - Returns: false when it does not.
    func hangUp() async -> Bool {
        shutdown(socket, Int32(SHUT_WR))
        after(Self.patience) { $0.abandon() }
        while await next() != nil {}
        return state.withLock { !$0.isAbandoned }
    }

    /// Gives the supervisor up: nothing more is heard of it, and where it still listens, it ends whatever runs.
    private func abandon() {
        state.withLock { $0.isAbandoned = true }
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Does something later, if this link is still there.
    private func after(_ time: Duration, _ action: @escaping @Sendable (SupervisorLink) -> Void) {
        let deadline = DispatchTime.now() + .milliseconds(Int(time / .milliseconds(1)))
        DispatchQueue.global().asyncAfter(deadline: deadline) { [weak self] in
            if let self { action(self) }
        }
    }

    private func receive() -> SupervisorReply? {
        var message = [UInt8](repeating: 0, count: 256)
        while true {
            let length = recv(socket, &message, message.count, 0)
            if length < 0, errno == EINTR { continue }
            guard length > 0 else { return nil }
            let reply = SupervisorReply(String(decoding: message[..<length], as: UTF8.self))
            state.withLock { state in
                if case .started = reply {
                    state = State(begun: state.begun + 1, runs: true)
                } else {
                    state.runs = false
                }
            }
            return reply
        }
    }

    private static func reap(_ process: pid_t) {
        DispatchQueue.global().async {
            while waitpid(process, nil, 0) < 0, errno == EINTR {}
        }
    }
}

/// What a supervisor is told; `supervisor.h` specifies it.
enum SupervisorRequest {
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
