internal import Glibc
internal import SystemPackage

/// The few calls on Unix sockets that a proxy needs; all sockets are non-blocking.
enum UnixSocket {
    private static let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    static func listen(at path: FilePath) throws -> Int32 {
        try open(path) { Glibc.bind($0, $1, $2) == 0 && Glibc.listen($0, 128) == 0 }
    }

    static func connect(to path: FilePath) throws -> Int32 {
        try open(path) { Glibc.connect($0, $1, $2) == 0 }
    }

    static func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Errno(rawValue: errno) }
        return (ends[0], ends[1])
    }

    /// The next client that waits, or nil.
    static func accept(_ listener: Int32) -> Int32? {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return nil }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        _ = fcntl(client, F_SETFL, O_NONBLOCK)
        return client
    }

    private static func open(
        _ path: FilePath, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) throws -> Int32 {
        let socket = Glibc.socket(AF_UNIX, kind, 0)
        guard socket >= 0 else { throw Errno(rawValue: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // The last byte stays zero, as the end of the text.
        withUnsafeMutableBytes(of: &address.sun_path) { $0.dropLast().copyBytes(from: path.string.utf8) }
        let isOpen = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard isOpen else {
            let failure = Errno(rawValue: errno)
            close(socket)
            throw failure
        }
        return socket
    }
}
