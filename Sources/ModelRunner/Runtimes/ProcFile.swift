internal import SystemPackage

/// Files of the kernel's process file system.
enum ProcFile {
    /// The text of a small file under `/proc`, or nil when its process is gone.
    static func read(_ path: String) -> String? {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec]) else {
            return nil
        }
        defer { try? file.close() }
        return withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 16) { buffer in
            guard let count = try? file.read(into: buffer), count > 0 else { return nil }
            return String(decoding: buffer.prefix(count), as: UTF8.self)
        }
    }
}
