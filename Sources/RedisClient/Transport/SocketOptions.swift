internal import Glibc

extension Socket {
    /// How long a TCP connection is silent before the kernel asks whether the other side is still there, in seconds. A
    /// command in flight has its own, shorter time limit; this finds the dead side of a connection that idles.
    private static let idleSeconds: Int32 = 20
    /// The pause between such questions, in seconds.
    private static let questionSeconds: Int32 = 5
    /// How many questions in a row may stay without an answer.
    private static let questions: Int32 = 3

    /// Small commands do not wait for company.
    borrowing func sendAtOnce() {
        set(IPPROTO_TCP.value, TCP_NODELAY, to: 1)
    }

    /// Lets the kernel notice a server that vanished while nobody talks: after 35 seconds.
    borrowing func keepAlive() {
        set(SOL_SOCKET, SO_KEEPALIVE, to: 1)
        set(IPPROTO_TCP.value, TCP_KEEPIDLE, to: Self.idleSeconds)
        set(IPPROTO_TCP.value, TCP_KEEPINTVL, to: Self.questionSeconds)
        set(IPPROTO_TCP.value, TCP_KEEPCNT, to: Self.questions)
    }

    /// A socket without an option is a little slower to notice things, and no reason to fail.
    private borrowing func set(_ level: Int32, _ option: Int32, to value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

extension Int {
    fileprivate var value: Int32 { Int32(self) }
}
