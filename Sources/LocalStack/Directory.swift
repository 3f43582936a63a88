internal import Glibc
internal import SystemPackage

/// The few operations on directories that the rooms need and SwiftSystem lacks.
enum Directory {
    /// Creates the directory and whatever is missing above it; one that exists already is left as it is.
    static func create(_ path: FilePath, mode: mode_t) throws {
        if isDirectory(path) { return }
        let parent = path.removingLastComponent()
        if !parent.isEmpty && parent != path { try create(parent, mode: 0o755) }
        if path.withPlatformString({ mkdir($0, mode) }) == 0 { return }
        let error = Errno(rawValue: errno)
        // Somebody else may have made it in the meantime.
        guard error == .fileExists, isDirectory(path) else { throw DataFolderError.system(error, path) }
    }

    /// The absolute path without symbolic links, so that one folder has one name.
    static func resolved(_ path: FilePath) throws -> FilePath {
        guard let resolved = path.withPlatformString({ realpath($0, nil) }) else {
            throw DataFolderError.system(Errno(rawValue: errno), path)
        }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }

    private static func isDirectory(_ path: FilePath) -> Bool {
        var information = stat()
        return path.withPlatformString { stat($0, &information) } == 0 && information.st_mode & S_IFMT == S_IFDIR
    }
}
