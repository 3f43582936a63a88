internal import Glibc
package import SystemPackage

/// How much a run has written.
package struct FolderSize: Sendable, Equatable {
    /// The most files that are looked at: a run that makes more of them has gone wrong, whatever their size.
    package static let fileLimit = 10_000

    /// The bytes of all regular files.
    package var bytes = 0
    /// How many files and folders there are.
    package var files = 0

    /// Whether a run has reached what it may write.
    package func exceeds(_ limits: RunLimits) -> Bool {
        bytes >= limits.outputBytes || files > Self.fileLimit
    }

    /// Measures a run directory, but for what lies in its `parent/`. Links are not followed.
    package static func ofRun(in directory: FilePath) -> FolderSize {
        var size = FolderSize()
        var folders = [directory]
        while let folder = folders.popLast(), size.files <= fileLimit {
            for name in (try? FolderContents.names(in: folder)) ?? [] {
                if folder == directory, name == RunDirectory.parentFolder { continue }
                guard let status = SmallFile.status(of: folder.appending(name)) else { continue }
                size.files += 1
                if status.st_mode & S_IFMT == S_IFREG { size.bytes += Int(status.st_size) }
                if status.st_mode & S_IFMT == S_IFDIR { folders.append(folder.appending(name)) }
            }
        }
        return size
    }
}
