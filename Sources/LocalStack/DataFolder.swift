internal import Glibc
package import SystemPackage

/// The folder in which one exploration lives on one machine: its servers' files, the files that runs leave behind,
/// and the logs.
///
/// Making a value creates the folder and those inside it; nothing that is there already is touched. Exactly one process
/// at a time may work in the folder: the one that holds its ``tryLock()``.
package struct DataFolder: Sendable {
    /// The folder itself, absolute and with symbolic links resolved.
    package let root: FilePath

    /// What the private Redis keeps.
    package var redis: FilePath { root.appending("redis") }
    /// What the private MariaDB keeps.
    package var mariadb: FilePath { root.appending("mariadb") }
    /// The files of completed runs.
    package var artifacts: FilePath { root.appending("artifacts") }
    /// The directories of runs that are under way.
    package var runs: FilePath { root.appending("runs") }
    /// One log file for each child process.
    package var logs: FilePath { root.appending("logs") }

    /// Opens the folder, and creates what is missing of it.
    ///
    /// - Parameter path: Where it is or shall be; relative to the current directory if not absolute.
    /// - Throws: ``DataFolderError`` when a folder cannot be created.
    package init(_ path: FilePath) throws {
        // 0700 for the servers' folders: they trust whoever reaches their sockets and files.
        try Directory.create(path, mode: 0o755)
        root = try Directory.resolved(path)
        for folder in [redis, mariadb] { try Directory.create(folder, mode: 0o700) }
        for folder in [artifacts, runs, logs] { try Directory.create(folder, mode: 0o755) }
    }

    /// The log file of the child process with this name.
    package func log(of name: String) -> FilePath { logs.appending("\(name).log") }

    /// Claims the folder for this process, without waiting.
    ///
    /// The claim ends with ``DataFolderLock/unlock()`` or with the process, however it ends: the kernel holds it, so no
    /// stale lock file can be left behind. It also excludes a second claim by the same process.
    ///
    /// - Throws: ``DataFolderError`` with the code `inUse` and the other process's id while somebody else holds it.
    package func tryLock() throws -> DataFolderLock {
        try DataFolderLock(folder: root)
    }
}
