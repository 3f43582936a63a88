internal import SystemPackage

/// Reads the pieces of a request's body one after the other, on the client's thread.
struct BodyReader {
    private let pieces: [HTTPBody.Piece]
    private var index = 0
    /// How much of the current piece has been read.
    private var offset = 0
    private var file: FileDescriptor?

    init(_ body: HTTPBody) {
        pieces = body.pieces
    }

    /// Fills `buffer` as far as the current piece goes; 0 at the end of all pieces.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int {
        while index < pieces.count {
            let piece = pieces[index]
            guard offset < piece.count else {
                close()
                index += 1
                offset = 0
                continue
            }
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, piece.count - offset)])
            let count: Int
            switch piece {
            case .bytes(let bytes):
                bytes.withUnsafeBytes {
                    room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset...].prefix(room.count)))
                }
                count = room.count
            case .file(let path, let start, _): count = try read(path, at: start + offset, into: room)
            }
            offset += count
            return count
        }
        return 0
    }

    private mutating func read(
        _ path: FilePath, at position: Int, into room: UnsafeMutableRawBufferPointer
    ) throws(HTTPError) -> Int {
        do {
            let file = try self.file ?? FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            self.file = file
            let count = try file.read(fromAbsoluteOffset: Int64(position), into: room)
            if count > 0 { return count }
        } catch {
            throw HTTPError(.fileSystem, "\(path) could not be read while it was sent: \(error).")
        }
        throw HTTPError(.fileSystem, "\(path) became shorter while it was sent.")
    }

    /// Starts again at the beginning, as when a connection that was kept open turns out to be dead.
    mutating func rewind() {
        close()
        index = 0
        offset = 0
    }

    /// Closes the current file.
    mutating func close() {
        try? file?.close()
        file = nil
    }
}
