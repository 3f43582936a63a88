internal import Glibc

/// One direction of a connection through the proxy: bytes that came in and wait to go out.
struct ProxyPipe {
    private struct Piece {
        var bytes: ArraySlice<UInt8>
        /// When the piece may go on.
        let due: ContinuousClock.Instant
    }

    /// No more is taken in while so much waits, so that a slow side slows the other one down.
    private static let capacity = 4 << 20

    private var pieces: [Piece] = []
    private var waiting = 0
    /// The side that sends has closed: once all is delivered, the other side is told.
    private(set) var isEnded = false

    var hasRoom: Bool { waiting < Self.capacity && !isEnded }
    var isEmpty: Bool { pieces.isEmpty }

    /// When the next piece may go on, or nil when none waits.
    var nextDue: ContinuousClock.Instant? { pieces.first?.due }

    /// Takes in what the socket has; false when it is broken.
    mutating func fill(from socket: Int32, delay: Duration) -> Bool {
        var isAlive = true
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { buffer in
            let count = recv(socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                pieces.append(Piece(bytes: ArraySlice(buffer[..<count]), due: .now.advanced(by: delay)))
                waiting += count
            } else if count == 0 {
                isEnded = true
            } else if errno != EAGAIN, errno != EINTR {
                isAlive = false
            }
        }
        return isAlive
    }

    /// How many bytes may go on now.
    func dueBytes(at now: ContinuousClock.Instant) -> Int {
        pieces.prefix { $0.due <= now }.reduce(0) { $0 + $1.bytes.count }
    }

    /// Passes on up to `limit` bytes of those that are due, as they are and, where there is one, to a second socket's
    /// pipe.
    /// - Returns: the bytes that went through, or nil when the socket is broken.
    mutating func drain(to socket: Int32, limit: Int, at now: ContinuousClock.Instant) -> [UInt8]? {
        var passed: [UInt8] = []
        while let piece = pieces.first, piece.due <= now, passed.count < limit {
            let part = piece.bytes.prefix(limit - passed.count)
            let count = part.withUnsafeBytes {
                send(socket, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
            }
            guard count > 0 else { return errno == EAGAIN || errno == EINTR ? passed : nil }
            passed += part.prefix(count)
            waiting -= count
            pieces[0].bytes = pieces[0].bytes.dropFirst(count)
            if pieces[0].bytes.isEmpty { pieces.removeFirst() }
        }
        return passed
    }

    /// Takes in bytes of which another pipe has a copy.
    mutating func copy(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        pieces.append(Piece(bytes: bytes[...], due: .now))
        waiting += bytes.count
    }
}
