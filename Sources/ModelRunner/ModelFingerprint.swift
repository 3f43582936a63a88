internal import Support
internal import SystemPackage

/// Tells one build of a model from another.
enum ModelFingerprint {
    /// The SHA-256, in hexadecimal, of the files that a command consists of: of the file itself where it is one, else of
    /// the list of their digests.
    static func of(_ files: [FilePath]) throws -> String {
        let digests = try files.map { Hexadecimal.encode(try digest(of: $0)) }
        if digests.count == 1 { return digests[0] }
        return Hexadecimal.encode(SHA256.hash(digests.map { $0 + "\n" }.joined().utf8))
    }

    private static func digest(of file: FilePath) throws -> [UInt8] {
        let descriptor = try FileDescriptor.open(file, .readOnly, options: [.closeOnExec])
        defer { try? descriptor.close() }
        let digest = SHA256()
        try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            while case let count = try descriptor.read(into: buffer), count > 0 {
                digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
        return digest.finalize()
    }
}
