/// Why a supervision ended: a child that no restart can heal.
package struct SupervisorError: Error, CustomStringConvertible {
    /// The kind of a ``SupervisorError``.
    package enum Code: Sendable, Equatable {
        /// It ended with one of its fatal statuses.
        case fatalStatus(ChildStatus)
        /// No process could be made for it; the operating system's reason.
        case cannotStart(String)
    }

    /// What kind of error it is.
    package let code: Code
    /// The name of the child.
    package let child: String
    /// The last lines of the child's log.
    package let logTail: [String]

    package var description: String {
        let reason =
            switch code {
            case .fatalStatus(let status): "\(child) gave up with \(status)"
            case .cannotStart(let reason): "\(child) cannot be started: \(reason)"
            }
        return logTail.isEmpty ? reason : "\(reason); the end of its log:\n" + logTail.joined(separator: "\n")
    }
}
