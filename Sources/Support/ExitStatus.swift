/// The exit statuses of the executables: those of `sysexits.h` where one fits, since schedulers and scripts know them.
package enum ExitStatus: Int32, Sendable {
    case success = 0
    /// The work was done, but some of it ended in errors.
    case failures = 1
    /// The command line is wrong.
    case usage = 64
    /// A server cannot be reached.
    case unavailable = 69
    /// The configuration is wrong; trying again is of no use.
    case configuration = 78
    /// Ended by Ctrl-C.
    case interrupted = 130
    /// Ended by SIGTERM.
    case terminated = 143
}

/// An error that knows with which exit status a program ends because of it.
package protocol ErrorWithExitStatus: Error {
    var exitStatus: ExitStatus { get }
}
