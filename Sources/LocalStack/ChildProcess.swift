package import SystemPackage

/// A program that a ``Supervisor`` keeps running.
package struct ChildProcess: Sendable {
    /// What events and errors call it; unique among the children of one supervisor.
    package var name: String
    /// The program: a path, or a name that is looked up in `PATH`.
    package var executable: FilePath
    /// Its arguments, without the program's own name.
    package var arguments: [String]
    /// What is added to the environment that it inherits from this process.
    package var environment: [String: String]
    /// The file to whose end its standard output and standard error go; created when missing, in a folder that exists.
    package var log: FilePath
    /// Children are stopped in the order of this number, the lowest first; those of one number together.
    package var stopOrder: Int
    /// How long it may take to end after SIGTERM; then SIGKILL ends it and its process group.
    package var grace: Duration
    /// Exit statuses with which its work is done: it is not started again. By default 0.
    package var finalStatuses: Set<Int32>
    /// Exit statuses that no restart can heal: they end the whole supervision with an error. By default 78 (a bad
    /// configuration), and 126 and 127 (the program cannot be run, or is not there).
    package var fatalStatuses: Set<Int32>

    /// Describes a child; nothing is started yet.
    package init(
        name: String, executable: FilePath, arguments: [String] = [], environment: [String: String] = [:],
        log: FilePath, stopOrder: Int = 0, grace: Duration = .seconds(10), finalStatuses: Set<Int32> = [0],
        fatalStatuses: Set<Int32> = [78, 126, 127]
    ) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.log = log
        self.stopOrder = stopOrder
        self.grace = grace
        self.finalStatuses = finalStatuses
        self.fatalStatuses = fatalStatuses
    }
}
