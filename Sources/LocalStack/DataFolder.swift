internal import Glibc
internal import Synchronization
package import SystemPackage

/// The folder of one exploration on one machine: its servers' files, the artifacts of its runs, and the logs.
///
/// Creating a value creates the folder and those inside it; existing files are not touched. Only one process at a time may
/// work in the folder: the one that holds its ``tryLock()``.
package struct DataFolder: Sendable {
    /// The absolute path of the folder, without symbolic links.
    package let root: FilePath

    /// The data of the private Redis.
    package var redis: FilePath { root.appending("redis") }
    /// The data of the private MariaDB.
    package var mariadb: FilePath { root.appending("mariadb") }
    /// The artifacts of completed runs.
    package var artifacts: FilePath { root.appending("artifacts") }
    /// The directories of running models.
    package var runs: FilePath { root.appending("runs") }
    /// One log file for each child process.
    package var logs: FilePath { root.appending("logs") }

    /// Opens the folder and creates its missing parts.
    ///
    /// - Parameter path: absolute, or relative to the current directory.
    /// - Throws: ``DataFolderError`` if a folder cannot be created.
    package init(_ path: FilePath) throws {
        // 0700 for the servers' folders: the servers trust every client that can reach their sockets and files.
        try Directory.create(path, mode: 0o755)
        root = try Directory.resolved(path)
        for folder in [redis, mariadb] { try Directory.create(folder, mode: 0o700) }
        for folder in [artifacts, runs, logs] { try Directory.create(folder, mode: 0o755) }
    }

    /// The log file of the child process with this name.
    package func log(of name: String) -> FilePath { logs.appending("\(name).log") }

    /// Claims the folder for this process, without waiting.
    ///
    /// The claim ends with ``DataFolderLock/unlock()`` or with the process: the kernel holds it, so that it cannot outlive
    /// a crash. It also excludes a second claim by the same process.
    ///
    /// - Throws: ``DataFolderError`` with the code `inUse` and the other process's ID while another process holds it.
    package func tryLock() throws -> DataFolderLock {
        try DataFolderLock(folder: root)
    }
}

/// This process's claim on a ``DataFolder``: an `flock` on the file `lock` in it, which contains the owner's process ID.
///
/// Keep it as long as the folder is used, and end it with `defer { lock.unlock() }`.
package final class DataFolderLock: Sendable {
    private let descriptor: Mutex<FileDescriptor?>

    init(folder: FilePath) throws {
        let path = folder.appending("lock")
        do {
            let file = try FileDescriptor.open(
                path, .readWrite, options: [.create, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            do {
                try Self.claim(file, folder: folder)
            } catch {
                try? file.close()
                throw error
            }
            descriptor = Mutex(file)
        } catch let error as Errno {
            throw DataFolderError.system(error, path)
        }
    }

    deinit { unlock() }

    /// Ends the claim. Does nothing the second time.
    package func unlock() {
        descriptor.withLock { file in
            // Unlocked explicitly: a child that was forked just now has a copy of the descriptor until it executes its
            // program, so closing this one would not be enough. The file stays: removing it would race with the next claim.
            if let file { flock(file.rawValue, LOCK_UN) }
            try? file?.close()
            file = nil
        }
    }

    private static func claim(_ file: FileDescriptor, folder: FilePath) throws {
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let error = Errno(rawValue: errno)
            guard error == .wouldBlock else { throw error }
            throw DataFolderError(
                code: .inUse(processID: processID(in: file)), path: folder,
                detail: "wait until it has ended, stop it, or choose another data folder")
        }
        guard ftruncate(file.rawValue, 0) == 0 else { throw Errno(rawValue: errno) }
        try file.writeAll("\(getpid())\n".utf8)
    }

    /// The process ID that the owner wrote; `nil` between its claim and its writing.
    private static func processID(in file: FileDescriptor) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = (try? bytes.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: 0, into: $0) }) ?? 0
        return Int32(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}

/// The reason why a data folder cannot be used.
package struct DataFolderError: Error, CustomStringConvertible, Equatable {
    /// The kind of a ``DataFolderError``.
    package enum Code: Sendable, Equatable {
        /// Another process works in the folder; its ID if it could be read.
        case inUse(processID: Int32?)
        /// A file or folder cannot be created or opened.
        case notUsable
        /// The folder for sockets belongs to another user or is open to others.
        case notPrivate
    }

    /// The kind of error.
    package let code: Code
    /// The file or folder.
    package let path: FilePath
    /// The operating system's message, or what to do.
    package let detail: String

    package var description: String {
        switch code {
        case .inUse(let processID):
            let owner = processID.map { "process \($0)" } ?? "another process"
            return "the data folder \(path) is in use by \(owner): \(detail)"
        case .notUsable:
            return "cannot use \(path): \(detail)"
        case .notPrivate:
            return "the folder for sockets \(path) is not private to this user: \(detail)"
        }
    }

    /// The error for a system call that failed just now on `path`.
    static func system(_ error: Errno, _ path: FilePath) -> DataFolderError {
        DataFolderError(code: .notUsable, path: path, detail: error.description)
    }
}

/// Operations on directories that SwiftSystem lacks.
enum Directory {
    /// Creates the directory and the missing ones above it; an existing one is not changed.
    static func create(_ path: FilePath, mode: mode_t) throws {
        if isDirectory(path) { return }
        let parent = path.removingLastComponent()
        if !parent.isEmpty && parent != path { try create(parent, mode: 0o755) }
        if path.withPlatformString({ mkdir($0, mode) }) == 0 { return }
        let error = Errno(rawValue: errno)
        // Another process may have created it concurrently.
        guard error == .fileExists, isDirectory(path) else { throw DataFolderError.system(error, path) }
    }

    /// The absolute path without symbolic links, so that a folder has one name.
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
