internal import Subprocess
internal import SystemPackage

/// Why a private Redis server does not run.
package struct PrivateRedisError: Error, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable {
        /// `redis-server` (or `setpriv`, `flock`) is not installed.
        case notInstalled
        /// Another server still works in the same folder.
        case folderInUse
        /// A folder could not be made private.
        case folder
        /// The server ended by itself.
        case ended
        /// The server was stopped in order.
        case stopped
    }

    /// What kind of failure it was.
    package let code: Code
    /// One sentence: what was wrong, where, what to do.
    package let message: String

    package var description: String { message }

    static func notStarted(_ error: any Error, folder: FilePath) -> PrivateRedisError {
        PrivateRedisError(
            code: .notInstalled,
            message:
                "A private Redis server could not be started in \(folder) (\(error)); install util-linux and redis-server."
        )
    }

    static func ended(_ status: TerminationStatus, folder: FilePath, log: [String]) -> PrivateRedisError {
        let last = log.last ?? "it printed nothing"
        switch status {
        case .exited(127):
            return PrivateRedisError(
                code: .notInstalled,
                message: "redis-server was not found (\(last)); install it: apt-get install redis-server.")
        case .exited(75):
            return PrivateRedisError(
                code: .folderInUse,
                message: "Another Redis server still works in \(folder) (it holds redis.lock there); stop it first.")
        default:
            return PrivateRedisError(
                code: .ended,
                message:
                    "The Redis server in \(folder) ended by itself (\(status)); its last words: \(log.joined(separator: " | "))"
            )
        }
    }
}
