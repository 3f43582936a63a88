internal import SystemPackage

/// Standard output, or a file, written in large pieces.
struct TextOutput: ~Copyable {
    private let descriptor: FileDescriptor
    private var pending: [UInt8] = []
    private static let pieceSize = 1 << 16

    init(_ descriptor: FileDescriptor = .standardOutput) {
        self.descriptor = descriptor
    }

    /// - Throws: `Errno`; ``ReaderGone`` where nobody reads on, as with `| head`.
    mutating func write(_ text: String) throws {
        pending += text.utf8
        if pending.count >= Self.pieceSize { try flush() }
    }

    /// Writes what has not been written yet.
    mutating func flush() throws {
        defer { pending.removeAll(keepingCapacity: true) }
        do {
            try descriptor.writeAll(pending)
        } catch Errno.brokenPipe {
            throw ReaderGone()
        }
    }

    /// Whoever read the output has had enough, which is no error.
    struct ReaderGone: Error {}
}
