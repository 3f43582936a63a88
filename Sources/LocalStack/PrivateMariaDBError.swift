internal import Subprocess
internal import SystemPackage

/// Why a private MariaDB server does not run.
package struct PrivateMariaDBError: Error, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable {
        /// MariaDB's programs (or `setpriv`, `flock`) are not installed.
        case notInstalled
        /// Another server still works in the same folder.
        case folderInUse
        /// A folder could not be made, or the server's first files in it.
        case folder
        /// The server ended by itself, or never answered.
        case ended
        /// The server was stopped in order.
        case stopped
    }

    /// What kind of failure it was.
    package let code: Code
    /// What was wrong, where, what to do; with the end of the server's error log where there is one.
    package let message: String

    package var description: String { message }

    static func stopped(_ folder: FilePath) -> PrivateMariaDBError {
        PrivateMariaDBError(code: .stopped, message: "The MariaDB server in \(folder) was stopped.")
    }

    static func notStarted(_ error: any Error, folder: FilePath) -> PrivateMariaDBError {
        PrivateMariaDBError(
            code: .notInstalled,
            message: "A private MariaDB server could not be started in \(folder) (\(error)): install util-linux and"
                + " mariadb-server.")
    }

    static func notReady(after limit: Duration, folder: FilePath, log: [String]) -> PrivateMariaDBError {
        PrivateMariaDBError(
            code: .ended,
            message: "The MariaDB server in \(folder) does not answer \(limit) after its start"
                + lastWords(log))
    }

    static func ended(_ status: TerminationStatus, folder: FilePath, log: [String]) -> PrivateMariaDBError {
        switch status {
        case .exited(127):
            PrivateMariaDBError(
                code: .notInstalled,
                message: "mariadbd was not found: install it (apt-get install mariadb-server)\(lastWords(log))")
        case .exited(lockConflict):
            PrivateMariaDBError(
                code: .folderInUse,
                message: "Another MariaDB server still works in \(folder): stop it first.")
        default:
            PrivateMariaDBError(
                code: .ended,
                message: "The MariaDB server in \(folder) ended by itself (\(status))\(lastWords(log))")
        }
    }

    static func notInstalledData(_ status: TerminationStatus, folder: FilePath, log: [String]) -> PrivateMariaDBError {
        let isMissing = status == .exited(127)
        return PrivateMariaDBError(
            code: isMissing ? .notInstalled : .folder,
            message: isMissing
                ? "mariadb-install-db was not found: install it (apt-get install mariadb-server)."
                : "mariadb-install-db could not make the server's first files in \(folder) (\(status))"
                    + lastWords(log))
    }

    /// The exit status of `flock` where somebody else holds the lock.
    static let lockConflict: Int32 = 75

    private static func lastWords(_ log: [String]) -> String {
        log.isEmpty ? "; it logged nothing." : "; the end of its log:\n" + log.joined(separator: "\n")
    }
}
