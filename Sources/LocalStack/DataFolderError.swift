package import SystemPackage

/// Why a data folder cannot be used.
package struct DataFolderError: Error, CustomStringConvertible, Equatable {
    /// The kind of a ``DataFolderError``.
    package enum Code: Sendable, Equatable {
        /// Another process works in the folder; its id, where it could be read.
        case inUse(processID: Int32?)
        /// A file or folder cannot be created or opened.
        case notUsable
        /// The folder for sockets belongs to somebody else or is open to others.
        case notPrivate
    }

    /// What kind of error it is.
    package let code: Code
    /// The file or folder that it is about.
    package let path: FilePath
    /// What the operating system said, or what to do.
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
