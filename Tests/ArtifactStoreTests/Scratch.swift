import FoundationEssentials
import Glibc
import SystemPackage
import TestSupport

@testable import ArtifactStore

/// A folder of a test's own that is gone when the test is.
final class Scratch: Sendable {
    private let temporary: TemporaryFolder

    var folder: FilePath { temporary.path }

    init() throws {
        temporary = try TemporaryFolder()
    }

    /// Writes a file, and the folders above it.
    @discardableResult
    func write(_ text: String, to name: String) throws -> FilePath {
        let path = folder.pushing(FilePath(name))
        try StoreFiles.makeFolder(path.removingLastComponent())
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(text.utf8) }
        return path
    }

    /// Has a shell command make something.
    func make(_ command: String, _ name: String) throws -> FilePath {
        guard system("cd '\(folder)' && \(command) '\(name)'") == 0 else { throw Errno.ioError }
        return folder.pushing(FilePath(name))
    }

    /// The text of a file.
    func read(_ name: String) throws -> String {
        let file = try FileDescriptor.open(folder.pushing(FilePath(name)), .readOnly, options: .closeOnExec)
        defer { try? file.close() }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = try chunk.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The names in a folder.
    func names(_ name: String) throws -> [String] {
        try StoreFiles.names(in: folder.pushing(FilePath(name)))
    }
}
