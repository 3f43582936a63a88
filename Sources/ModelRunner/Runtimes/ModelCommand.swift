package import SystemPackage

/// A command to be run in a folder.
package struct ModelCommand: Sendable, Hashable {
    /// The executable and its arguments.
    package var words: [String]

    /// The variables of its environment; where the runtime has an environment of its own, those to set there.
    package var environment: [String: String]

    /// The working directory: a run directory, as an absolute path on this machine.
    package var directory: FilePath

    /// The file in the working directory that standard output and standard error are added to. It exists.
    package var log: String

    /// Describes a command.
    package init(
        words: [String], environment: [String: String], directory: FilePath, log: String = RunDirectory.logFile
    ) {
        self.words = words
        self.environment = environment
        self.directory = directory
        self.log = log
    }
}
