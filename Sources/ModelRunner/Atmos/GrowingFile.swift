internal import SystemPackage

/// A file that another process is writing, read line by line as it grows.
struct GrowingFile {
    /// The most that is read at one look; the rest comes at the next.
    private static let chunk = 1 << 18

    private let path: FilePath
    private var offset: Int64 = 0
    /// What was read of a line that had not been ended yet.
    private var rest: [UInt8] = []

    /// The file need not be there yet.
    init(_ path: FilePath) {
        self.path = path
    }

    /// The lines that have been ended since the last look. A file that cannot be read has none.
    mutating func newLines() -> [ArraySlice<UInt8>] {
        guard
            let file = try? FileDescriptor.open(path, .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
        else { return [] }
        defer { try? file.close() }
        let start = offset
        let piece = [UInt8](unsafeUninitializedCapacity: Self.chunk) { buffer, count in
            count = (try? file.read(fromAbsoluteOffset: start, into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
        }
        offset += Int64(piece.count)
        rest += piece
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else {
            // No line is as long as this: whatever it is, it is not kept.
            if rest.count > Self.chunk { rest = [] }
            return []
        }
        let lines = rest[..<end].split(separator: UInt8(ascii: "\n"))
        rest = Array(rest[(end + 1)...])
        return lines
    }
}
