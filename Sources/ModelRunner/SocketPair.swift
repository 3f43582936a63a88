internal import Glibc

/// Two connected sockets: one for this process, one to become a child's standard input. Unlike a pipe's, its writer gets no
/// signal when the reader is gone.
struct SocketPair {
    /// This process's end. No child inherits it.
    let ours: CInt
    /// The child's end; to be closed here once the child has it.
    let theirs: CInt

    /// Connects two sockets.
    init() throws(ModelFailure) {
        var sockets: [CInt] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &sockets) == 0 else {
            throw ModelFailure(
                kind: .spawn, message: "No sockets could be made to start a model: \(String(cString: strerror(errno)))."
            )
        }
        ours = sockets[0]
        theirs = sockets[1]
    }

    /// Sends a line; false when nobody reads any more.
    static func send(_ text: String, to socket: CInt) -> Bool {
        let bytes = Array(text.utf8)
        return Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
}
