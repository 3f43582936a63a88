internal import SystemPackage

/// Assembles the head of a response from its lines. Informational heads (status 100 to 199) are skipped.
struct HeadReader {
    private var status = 0
    private var headers = HTTPHeaders()
    private var isDone = false

    /// Adds a line, including its line break.
    ///
    /// - Returns: the head after its last line; otherwise `nil`.
    mutating func read(_ line: UnsafeRawBufferPointer) -> HTTPResponseHead? {
        guard !isDone else { return nil }
        let text = String(decoding: line, as: UTF8.self).drop { $0 == " " }
        let content = text.prefix { !$0.isNewline }
        if content.hasPrefix("HTTP/") {
            status = content.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            headers = HTTPHeaders()
            return nil
        }
        if let colon = content.firstIndex(of: ":") {
            headers.add(String(content[..<colon]), Self.trimmed(content[content.index(after: colon)...]))
            return nil
        }
        guard content.isEmpty, status >= 200 else { return nil }
        isDone = true
        return HTTPResponseHead(status: status, headers: headers)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}

/// Reads the pieces of a request's body one after the other, on the client's thread.
struct BodyReader {
    private let pieces: [HTTPBody.Piece]
    private var index = 0
    /// The bytes of the current piece that have been read.
    private var offset = 0
    private var file: FileDescriptor?

    init(_ body: HTTPBody) {
        pieces = body.pieces
    }

    /// Fills `buffer` from the current piece.
    ///
    /// - Returns: the number of bytes; 0 at the end of all pieces.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int {
        while index < pieces.count {
            let piece = pieces[index]
            guard offset < piece.count else {
                close()
                index += 1
                offset = 0
                continue
            }
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, piece.count - offset)])
            let count: Int
            switch piece {
            case .bytes(let bytes):
                bytes.withUnsafeBytes {
                    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset...].prefix(target.count)))
                }
                count = target.count
            case .file(let path, let start, _): count = try read(path, at: start + offset, into: target)
            }
            offset += count
            return count
        }
        return 0
    }

    private mutating func read(
        _ path: FilePath, at position: Int, into target: UnsafeMutableRawBufferPointer
    ) throws(HTTPError) -> Int {
        do {
            let file = try self.file ?? FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            self.file = file
            let count = try file.read(fromAbsoluteOffset: Int64(position), into: target)
            if count > 0 { return count }
        } catch {
            throw HTTPError(.fileSystem, "cannot read '\(path)' while sending it: \(error)")
        }
        throw HTTPError(.fileSystem, "'\(path)' became shorter while it was sent")
    }

    /// Returns to the beginning, for example after a reused connection turned out to be dead.
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
