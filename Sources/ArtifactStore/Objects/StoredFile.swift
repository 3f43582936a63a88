internal import FoundationEssentials
internal import Glibc
internal import Support
internal import SystemPackage

/// A file that is to be kept, with what was found out about it by reading it once.
struct StoredFile: Sendable, Hashable {
    let path: FilePath
    let name: String
    let size: Int
    /// Of the whole file.
    let sha256: [UInt8]
    /// Of the whole file.
    let crc32c: [UInt8]

    /// Reads a regular file. It must not change before it is stored; if it does, the store notices.
    ///
    /// Blocks; to be called on a thread for that.
    init(reading path: FilePath) throws(ArtifactStoreError) {
        self.path = path
        name = path.lastComponent?.string ?? ""
        let file = try StoreFiles.openRegularFile(path)
        defer { try? file.close() }
        var check = CRC32C()
        let digest = SHA256()
        var size = 0
        do {
            try FileChunks.read(file) { chunk in
                digest.update(UnsafeRawBufferPointer(chunk))
                check.update(UnsafeRawBufferPointer(chunk))
                size += chunk.count
            }
        } catch {
            throw ArtifactStoreError(.fileSystem, "\(path) could not be read: \(error).")
        }
        self.size = size
        sha256 = digest.finalize()
        crc32c = check.bytes
    }
}
