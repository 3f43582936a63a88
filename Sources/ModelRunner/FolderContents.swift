internal import Glibc
internal import SystemPackage

/// What is in a folder.
enum FolderContents {
    /// The names in a folder, but for `.` and `..`, in no order.
    static func names(in folder: FilePath) throws(Errno) -> [String] {
        guard let stream = opendir(folder.string) else { throw Errno(rawValue: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Copies a file's bytes into a new file.
    static func copy(_ source: FilePath, to destination: FilePath) throws {
        let input = try FileDescriptor.open(source, .readOnly, options: [.noFollow, .closeOnExec])
        try input.closeAfter {
            let output = try FileDescriptor.open(
                destination, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try output.closeAfter {
                try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
                    while case let count = try input.read(into: buffer), count > 0 {
                        try output.writeAll(buffer.prefix(count))
                    }
                }
            }
        }
    }
}
