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
        let order = SupervisorOrder.end
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
