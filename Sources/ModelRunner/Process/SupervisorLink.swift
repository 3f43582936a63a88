internal import Dispatch
internal import Glibc
internal import Support
internal import Synchronization

/// The connection to a supervisor. One run at a time uses it.
///
/// Cancelling a task has no effect here: to cancel a run, a caller asks for its end and waits for it.
final class SupervisorLink: Sendable {
    /// The longest wait for a reply that is due. A supervisor in a frozen container would never send one.
    private static let replyTimeout = Duration.seconds(15)

    private struct State {
        /// The number of commands that have started.
        var startCount = 0
        /// Whether the last of them runs.
        var isRunning = false
        var isAbandoned = false
    }

    /// The supervisor's process, if it is a child of this one.
    let process: pid_t?

    private let socket: CInt
    private let state = Mutex(State())
    private let executor = BlockingExecutor(label: "atmos.supervisor")

    /// Takes ownership of a connected socket.
    init(socket: CInt, process: pid_t?) {
        self.socket = socket
        self.process = process
    }

    deinit {
        close(socket)
        // The supervisor exits when its connection closes, at once if nothing runs.
        if let process { Self.reap(process) }
    }

    /// Waits for the supervisor's next reply; `nil` if it has ended.
    func nextReply() async -> SupervisorReply? {
        await executor.run { self.receive() }
    }

    /// Sends a request to run a command and waits for the reply.
    ///
    /// - Returns: `nil` if the supervisor has ended; a failure with `E2BIG` if the request is larger than the kernel allows.
    func start(_ request: [UInt8]) async -> SupervisorReply? {
        await executor.run {
            if Glibc.send(self.socket, request, request.count, Int32(MSG_NOSIGNAL)) >= 0 { return self.receive() }
            return errno == EMSGSIZE ? .failed(step: 1, error: E2BIG) : nil
        }
    }

    /// Asks the running command, if there is one, to end. Abandons the supervisor if it does not report that end in time.
    func terminate(grace: Duration) {
        let state = state.withLock { $0 }
        guard state.isRunning else { return }
        after(grace + Self.replyTimeout) { link in
            if link.state.withLock({ $0.isRunning && $0.startCount == state.startCount }) { link.abandon() }
        }
        let request = SupervisorRequest.terminate
        _ = Glibc.send(socket, request, request.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }

    /// Closes the connection for sending and waits until the supervisor has ended.
    ///
    /// - Returns: false if it does not end.
    func shutDown() async -> Bool {
        shutdown(socket, Int32(SHUT_WR))
        after(Self.replyTimeout) { $0.abandon() }
        while await nextReply() != nil {}
        return state.withLock { !$0.isAbandoned }
    }

    /// Closes the connection in both directions. A supervisor that still responds then ends everything that runs.
    private func abandon() {
        state.withLock { $0.isAbandoned = true }
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Runs `action` later, if this link still exists.
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
                    state = State(startCount: state.startCount + 1, isRunning: true)
                } else {
                    state.isRunning = false
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

/// The messages to a supervisor; `supervisor.h` specifies them.
enum SupervisorRequest {
    /// Ends the command.
    static let terminate: [UInt8] = [UInt8(ascii: "T")]

    /// Runs a command.
    ///
    /// - Parameters:
    ///   - command: the command.
    ///   - limits: the limits of its resources.
    ///   - directory: the working directory as the supervisor sees it.
    ///   - isContained: whether it runs in a container. It then inherits the container's environment, changed by the
    ///     command's variables; and memory is limited for the container, so that a program may reserve more than it uses.
    static func run(
        _ command: ModelCommand, limits: RunLimits, directory: String, isContained: Bool
    ) -> [UInt8] {
        var texts = [
            String(milliseconds(limits.grace)), String(isContained ? 0 : max(0, limits.memoryBytes ?? 0)),
            String(max(1, limits.outputBytes)), String(limits.cpuTime.map(wholeSeconds) ?? 0),
            isContained ? "1" : "0", directory, command.log, String(command.words.count),
        ]
        texts += command.words
        // Temporary files are part of the run and are removed with it.
        let variables = command.environment.merging(["TMPDIR": directory]) { $1 }
        texts += variables.map { "\($0)=\($1)" }.sorted()
        return [UInt8(ascii: "R")] + texts.flatMap { $0.utf8 + [0] }
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        max(0, Int(duration / .milliseconds(1)))
    }

    /// The kernel counts whole seconds; the monitor enforces shorter limits.
    private static func wholeSeconds(_ duration: Duration) -> Int {
        max(1, Int((duration / .seconds(1)).rounded(.up)))
    }
}

/// The messages from a supervisor; `supervisor.h` specifies them.
enum SupervisorReply: Equatable {
    case ready
    case started(process: Int32)
    case failed(step: Int32, error: Int32)
    case ended(RunEnd, hasSurvivors: Bool, isContaminated: Bool)

    /// Reads a message; `nil` for an unknown one.
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
            self = .ended(end, hasSurvivors: numbers[4] != 0, isContaminated: numbers[5] != 0)
        default: return nil
        }
    }
}
