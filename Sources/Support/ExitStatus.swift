/// The exit statuses of the executables: those of `sysexits.h` if one fits, since schedulers and scripts know them.
package enum ExitStatus: Int32, Sendable {
    case success = 0
    /// The work is done, but parts of it failed.
    case failures = 1
    /// The command line is wrong.
    case usage = 64
    /// A server cannot be reached.
    case unavailable = 69
    /// A worker's machine cannot run points; another one may.
    case machine = 71
    /// The configuration is wrong; a retry would fail again.
    case configuration = 78
    /// Ended by Ctrl-C.
    case interrupted = 130
    /// Ended by SIGTERM.
    case terminated = 143
}

/// An error that determines the exit status of the program.
package protocol ErrorWithExitStatus: Error {
    var exitStatus: ExitStatus { get }
}
