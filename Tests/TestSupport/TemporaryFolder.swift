internal import FoundationEssentials
internal import Glibc
internal import Synchronization
package import SystemPackage

/// A fresh, empty folder that is removed with everything in it when the last reference to it is gone.
///
/// - Important: The path alone keeps nothing alive: write `defer { withExtendedLifetime(folder) {} }` where only the path is
///   used.
package final class TemporaryFolder: Sendable {
    /// The folder's absolute path, short enough for Unix sockets inside it.
    package let path: FilePath

    /// Makes a folder under `/tmp`, or under `parent`.
    package init(in parent: FilePath = "/tmp") throws {
        var template = Array(parent.appending("atmos-test-XXXXXX").string.utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) != nil }
        guard made else { throw SystemPackage.Errno(rawValue: errno) }
        path = FilePath(template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
    }

    deinit {
        Self.remove(path)
    }

    /// Also removes the folder when the process exits in order: for the folders of servers that live as long as it does.
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

private enum AtExit {
    static let folders = Mutex<[FilePath]>([])
}
