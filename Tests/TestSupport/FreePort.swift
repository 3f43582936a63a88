internal import Glibc
internal import SystemPackage

/// TCP ports for servers that cannot be reached otherwise.
package enum FreePort {
    /// Ports of `127.0.0.1` at which nothing listens, all different; whoever wants them should listen soon.
    ///
    /// The system hands out a port anew only after it has been round all others, so that it is unlikely to give one of
    /// these away meanwhile.
    package static func find(_ count: Int) throws -> [UInt16] {
        let sockets = (0..<count).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0) }
        defer { for socket in sockets where socket >= 0 { close(socket) } }
        return try sockets.map(port)
    }

    private static func port(of socket: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else { throw Errno(rawValue: errno) }
        return UInt16(bigEndian: address.sin_port)
    }
}
