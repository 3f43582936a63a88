internal import Glibc

/// Ends a `poll` of the connection's thread from any other thread.
struct WakePipe: ~Copyable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        // A pair of sockets, because the header of pipe2, which sets both flags at once as well, is not to be had here.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw RedisError(
                code: .closed,
                message: "No pipe for a connection (\(String(cString: strerror(errno)))); too many open files?")
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// A full pipe needs no further byte: the thread will wake.
    borrowing func wake() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Takes out every byte, so that the next `poll` waits again.
    borrowing func drain() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while read(readEnd, buffer.baseAddress, buffer.count) == buffer.count {}
        }
    }
}
