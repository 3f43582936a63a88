internal import Glibc
internal import SystemPackage

/// Finds out whether a MariaDB server answers on a Unix socket: it greets whoever connects, before any login.
enum MariaDBGreeting {
    /// How long a server that has taken the connection may take to greet, in milliseconds.
    private static let patience: Int32 = 100

    static func isGiven(by path: FilePath) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard var address = address(of: path) else { return false }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { return false }
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, patience) == 1 else { return false }
        var first: UInt8 = 0
        return recv(descriptor, &first, 1, Int32(MSG_DONTWAIT)) == 1
    }

    private static func address(of path: FilePath) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = path.string.utf8CString
        return withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard bytes.count <= room.count else { return false }
            bytes.withUnsafeBytes { room.copyMemory(from: $0) }
            return true
        } ? address : nil
    }
}
