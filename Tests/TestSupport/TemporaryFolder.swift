internal import FoundationEssentials
internal import Glibc
internal import Synchronization
package import SystemPackage

/// A new, empty folder that is removed with everything in it when the last reference to it is gone.
///
/// - Important: The path alone does not keep the folder alive. Code that only uses the path needs
///   `defer { withExtendedLifetime(folder) {} }`.
package final class TemporaryFolder: Sendable {
    /// The folder's absolute path, short enough for Unix sockets inside it.
    package let path: FilePath

    /// Creates a folder under `/tmp`, or under `parent`.
    package init(in parent: FilePath = "/tmp") throws {
        var template = Array(parent.appending("atmos-test-XXXXXX").string.utf8CString)
        let created = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) != nil }
        guard created else { throw SystemPackage.Errno(rawValue: errno) }
        path = FilePath(template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
    }

    deinit {
        Self.remove(path)
    }

    /// Also removes the folder when the process exits normally, for servers that run as long as the process.
    package func removeAtExit() {
        AtExit.folders.withLock { folders in
            if folders.isEmpty {
                atexit { for folder in AtExit.folders.withLock({ $0 }) { TemporaryFolder.remove(folder) } }
            }
            folders.append(path)
        }
    }

    fileprivate static func remove(_ path: FilePath) {
        try? FileManager.default.removeItem(atPath: path.string)
    }
}

/// The files of a folder, by their paths inside it.
extension TemporaryFolder {
    /// Writes a text file and creates the folders above it.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> FilePath {
        try write(Array(text.utf8), to: name)
    }

    /// Writes a file and creates the folders above it.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String) throws -> FilePath {
        let file = path.pushing(FilePath(name))
        try FileManager.default.createDirectory(
            atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: file.string))
        return file
    }

    /// The bytes of a file.
    package func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path.pushing(FilePath(name)).string)))
    }

    /// The text of a file; bytes that are not UTF-8 become U+FFFD.
    package func text(_ name: String) throws -> String {
        String(decoding: try bytes(name), as: UTF8.self)
    }

    /// The sorted names in the folder, or in a folder inside it.
    package func names(_ name: String = ".") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path.pushing(FilePath(name)).string).sorted()
    }

    /// Whether a file or folder exists.
    package func contains(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path.pushing(FilePath(name)).string)
    }

    /// Creates a folder and those above it.
    @discardableResult
    package func makeFolder(_ name: String) throws -> FilePath {
        let folder = path.pushing(FilePath(name))
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        return folder
    }

    /// Creates a named pipe, through which a child process can notify the test.
    package func makePipe(_ name: String) throws -> FilePath {
        let pipe = path.pushing(FilePath(name))
        guard pipe.withPlatformString({ mkfifo($0, 0o600) }) == 0 else {
            throw SystemPackage.Errno(rawValue: errno)
        }
        return pipe
    }
}

private enum AtExit {
    static let folders = Mutex<[FilePath]>([])
}
