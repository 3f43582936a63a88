/// Why a private server does not run.
package struct PrivateServerError: Error, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable {
        /// The server's programs (or `setpriv`, `flock`) are not installed.
        case notInstalled
        /// Another server still works in the same folder.
        case folderInUse
        /// The server's first files could not be made.
        case folder
        /// The server ended by itself, or never answered.
        case ended
        /// The server was stopped in order.
        case stopped
    }

    /// What kind of failure it was.
    package let code: Code
    /// What was wrong, where, what to do; with the end of the server's log where there is one.
    package let message: String

    package var description: String { message }
}
