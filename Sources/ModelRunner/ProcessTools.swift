internal import Glibc
internal import SystemPackage

/// The tools of util-linux that put a model under the kernel's own limits.
struct ProcessTools: Sendable {
    /// `setpriv`, which has the kernel end the model when this process dies.
    let setpriv: FilePath
    /// `prlimit`, which limits memory, file sizes and core files.
    let prlimit: FilePath

    /// Finds the tools in the folders of this process's `PATH` and in the usual ones.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` that names what is missing and its package.
    static func find() throws(ModelFailure) -> ProcessTools {
        ProcessTools(setpriv: try find("setpriv"), prlimit: try find("prlimit"))
    }

    private static func find(_ name: String) throws(ModelFailure) -> FilePath {
        let folders =
            ExecutableSearch.folders(ofPath: getenv("PATH").map { String(cString: $0) }) + ["/usr/bin", "/bin"]
        for folder in folders where ExecutableSearch.state(of: folder.appending(name)) == .executable {
            return folder.appending(name)
        }
        throw ModelFailure(
            kind: .notFound,
            message: "Models are run under \(name) of util-linux 2.33 or later, which is not in any folder of PATH: "
                + "install the package util-linux.")
    }

    /// The command that runs `command` under limits, and that ends it when this process dies.
    func arguments(running command: [String], limits: RunLimits) -> [String] {
        var arguments = ["--pdeathsig", "KILL", "--", prlimit.string]
        if let memory = limits.memoryBytes { arguments.append("--as=\(memory)") }
        return arguments + ["--fsize=\(limits.outputBytes)", "--core=0", "--"] + command
    }

    /// Whether a log says that not the model but one of the tools failed, before there was a model.
    func failed(accordingTo log: String) -> Bool {
        log.hasPrefix("setpriv: ") || log.hasPrefix("prlimit: ")
    }
}
