internal import Subprocess
internal import SystemPackage

/// What errors say of a kind of server, and the command line that runs one.
struct PrivateServerKind {
    /// How people call it.
    let name: String
    /// Its program.
    let program: String
    /// Debian's package that the program is in.
    let package: String

    static let redis = PrivateServerKind(name: "Redis", program: "redis-server", package: "redis-server")
    static let mariaDB = PrivateServerKind(name: "MariaDB", program: "mariadbd", package: "mariadb-server")

    /// The exit status of `flock` where somebody else holds the lock.
    private static let lockConflict: Int32 = 75

    /// The arguments of `setpriv` that run the server: it dies with us, even after `kill -9`, and holds a lock on its
    /// folder (its working directory) for as long as it lives, so that two servers never write to the same files.
    ///
    /// - Parameter signal: what it gets when we die: `TERM` to end in order, `KILL` where nothing is lost by it.
    func commandLine(deathSignal signal: String, _ arguments: [String]) -> [String] {
        let lock = [
            "flock", "--no-fork", "--timeout", "10", "--conflict-exit-code", "\(Self.lockConflict)", "\(program).lock",
        ]
        return ["--pdeathsig", signal, "--"] + lock + [program] + arguments
    }

    func stopped(_ folder: FilePath) -> PrivateServerError {
        PrivateServerError(code: .stopped, message: "The \(name) server in \(folder) was stopped.")
    }

    func notStarted(_ error: any Error, _ folder: FilePath) -> PrivateServerError {
        PrivateServerError(
            code: .notInstalled,
            message: "A private \(name) server could not be started in \(folder) (\(error)): install util-linux and "
                + "\(package).")
    }

    func notReady(after limit: Duration, _ folder: FilePath, log: [String]) -> PrivateServerError {
        PrivateServerError(
            code: .ended,
            message: "The \(name) server in \(folder) does not answer \(limit) after its start\(Self.lastWords(log))")
    }

    func ended(_ status: TerminationStatus, _ folder: FilePath, log: [String]) -> PrivateServerError {
        switch status {
        case .exited(127):
            PrivateServerError(
                code: .notInstalled,
                message: "\(program) was not found: install it (apt-get install \(package))\(Self.lastWords(log))")
        case .exited(Self.lockConflict):
            PrivateServerError(
                code: .folderInUse,
                message: "Another \(name) server still works in \(folder): stop it first.")
        default:
            PrivateServerError(
                code: .ended,
                message: "The \(name) server in \(folder) ended by itself (\(status))\(Self.lastWords(log))")
        }
    }

    /// - Parameter installer: the program that makes the server's first files.
    func notInstalledData(
        by installer: String, _ status: TerminationStatus, _ folder: FilePath, log: [String]
    ) -> PrivateServerError {
        status == .exited(127)
            ? PrivateServerError(
                code: .notInstalled, message: "\(installer) was not found: install it (apt-get install \(package)).")
            : PrivateServerError(
                code: .folder,
                message: "\(installer) could not make the server's first files in \(folder) (\(status))"
                    + Self.lastWords(log))
    }

    private static func lastWords(_ log: [String]) -> String {
        log.isEmpty ? "; it logged nothing." : "; the end of its log:\n" + log.joined(separator: "\n")
    }
}
