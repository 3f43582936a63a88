/// What happens to the children of a ``Supervisor``.
package enum SupervisorEvent: Sendable, Equatable {
    /// A child runs, for the first time or again.
    case started(name: String, processID: Int32)
    /// A child ended unexpectedly and will be started again after a while.
    case failed(name: String, status: ChildStatus, logTail: [String], restartAfter: Duration)
    /// A child's work is done: it ended with one of its final statuses.
    case finished(name: String, status: ChildStatus)
    /// A child was stopped, because the supervision ends.
    case stopped(name: String, status: ChildStatus)
}
