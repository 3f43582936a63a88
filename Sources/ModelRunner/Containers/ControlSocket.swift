internal import Dispatch
internal import Glibc
internal import SystemPackage

/// The socket that a container's supervisor connects to, once.
struct ControlSocket {
    private let listener: CInt
    private let path: String

    /// Listens at `path`, which must be short.
    init(path: String) throws(Errno) {
        self.path = path
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        listener = socket(AF_UNIX, kind, 0)
        guard listener >= 0 else { throw Errno(rawValue: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .fileNameTooLong }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(listener, 1) == 0 else {
            let error = Errno(rawValue: errno)
            close(listener)
            throw error
        }
    }

    /// Waits for the supervisor, on a thread of its own; nil when it does not come in time. Nobody else can connect
    /// afterwards.
    func accept(timeLimit: Duration) async -> SupervisorLink? {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "atmos.container").async {
                continuation.resume(returning: self.waitForConnection(timeLimit))
            }
        }
    }

    /// Stops listening.
    func cancel() {
        close(listener)
        unlink(path)
    }

    private func waitForConnection(_ timeLimit: Duration) -> SupervisorLink? {
        var event = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, Int32(timeLimit / .milliseconds(1))) == 1 else { return nil }
        let connection = Glibc.accept(listener, nil, nil)
        guard connection >= 0 else { return nil }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        return SupervisorLink(socket: connection, process: nil)
    }
}
