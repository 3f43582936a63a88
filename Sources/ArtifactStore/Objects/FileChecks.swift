internal import Support
internal import SystemPackage

/// Compares files with what manifests say of them. Blocks; to be called on a thread for that.
enum FileChecks {
    /// Whether a file has the size and the SHA-256 of a manifest's entry.
    static func matches(_ path: FilePath, _ file: Manifest.File) throws(ArtifactStoreError) -> Bool {
        do {
            let descriptor = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            let size = try descriptor.closeAfter { try descriptor.seek(offset: 0, from: .end) }
            guard size == file.size else { return false }
            return try Hexadecimal.encode(FileChunks.sha256(of: path)) == file.sha256.lowercased()
        } catch {
            throw ArtifactStoreError(.fileSystem, "\(path) could not be read: \(error).")
        }
    }
}
