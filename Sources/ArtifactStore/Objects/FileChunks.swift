internal import Support
internal import SystemPackage

/// Reads files in pieces. Blocks; to be called on a thread for that.
enum FileChunks {
    /// Hands an open file to `body`, chunk by chunk, from where it stands.
    ///
    /// - Parameter limit: how many bytes are read at most.
    static func read(
        _ file: FileDescriptor, limit: Int = .max, _ body: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
            var left = limit
            while left > 0 {
                let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(left)))
                guard count > 0 else { return }
                left -= count
                try body(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    /// The SHA-256 of a part of a file.
    static func sha256(of path: FilePath, offset: Int = 0, count: Int = .max) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        defer { try? file.close() }
        try file.seek(offset: Int64(offset), from: .start)
        let digest = SHA256()
        try read(file, limit: count) { digest.update(UnsafeRawBufferPointer($0)) }
        return digest.finalize()
    }
}
