internal import Dispatch
internal import Glibc

/// The connection to a supervisor. One run goes over it at a time.
///
/// Nothing here heeds the cancellation of a task: whoever cancels a run asks for its end, and that end is awaited.
final class SupervisorLink: Sendable {
    /// The supervisor's own process, where it is a child of this one.
    let process: pid_t?

    private let socket: CInt
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
    /// - Returns: nil when the supervisor is gone; a failure with `EMSGSIZE` when the order is more than the kernel takes.
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

    /// Asks the command to end, if one runs.
    func askToEnd() {
        let order = SupervisorOrder.end
        _ = Glibc.send(socket, order, order.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }

    /// Gives the supervisor up: it ends whatever runs, and nothing more is heard of it.
    func abandon() {
        shutdown(socket, Int32(SHUT_RDWR))
    }

    private func receive() -> SupervisorReply? {
        var message = [UInt8](repeating: 0, count: 256)
        while true {
            let length = recv(socket, &message, message.count, 0)
            if length < 0, errno == EINTR { continue }
            guard length > 0 else { return nil }
            return SupervisorReply(String(decoding: message[..<length], as: UTF8.self))
        }
    }

    private static func reap(_ process: pid_t) {
        DispatchQueue.global().async {
            while waitpid(process, nil, 0) < 0, errno == EINTR {}
        }
    }
}
