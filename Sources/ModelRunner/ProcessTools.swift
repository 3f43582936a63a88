internal import Glibc
internal import SystemPackage

/// What starts a model: as a child that the kernel ends when this process dies, and that does nothing before it is told to.
struct ProcessTools: Sendable {
    /// The shell, which every system has at this place.
    static let shell = "/bin/sh"

    /// Waits for a line on standard input before it becomes the command; at the end of its input, which comes when this
    /// process has died, it ends instead.
    private static let gate = #"read -r go && exec "$@" </dev/null"#

    /// What the gate is called in the shell's messages.
    private static let gateName = "atmos-start"

    /// `setpriv` of util-linux.
    let setpriv: FilePath

    /// Finds the tools in the folders of this process's `PATH` and in the usual ones.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` that names what is missing and its package.
    static func find() throws(ModelFailure) -> ProcessTools {
        try find(searchPath: getenv("PATH").map { String(cString: $0) })
    }

    /// Finds the tools in the folders of `searchPath` and in the usual ones.
    static func find(
        searchPath: String?, usual: [FilePath] = ["/usr/bin", "/bin"], shell: FilePath = FilePath(shell)
    ) throws(ModelFailure) -> ProcessTools {
        guard ExecutableSearch.state(of: shell) == .executable else {
            throw ModelFailure(
                kind: .notFound, message: "Models are started by a shell, and there is none at \(shell).")
        }
        for folder in ExecutableSearch.folders(ofPath: searchPath) + usual {
            let tool = folder.appending("setpriv")
            if ExecutableSearch.state(of: tool) == .executable { return ProcessTools(setpriv: tool) }
        }
        throw ModelFailure(
            kind: .notFound,
            message: "Models are run under setpriv of util-linux 2.33 or later, which is in no folder of PATH: "
                + "install the package util-linux.")
    }

    /// The arguments for `setpriv` that start `command`.
    func arguments(starting command: [String]) -> [String] {
        ["--pdeathsig", "KILL", "--", Self.shell, "-c", Self.gate, Self.gateName] + command
    }

    /// Whether a log says that the command could not be executed, so that there was no model.
    func failed(accordingTo log: String) -> Bool {
        log.hasPrefix("setpriv: ") || log.hasPrefix("\(Self.gateName): ")
    }
}
