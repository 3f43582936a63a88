internal import Glibc
internal import Subprocess
internal import SystemPackage

/// The data of a private MariaDB server: installed once, whole or not at all.
struct PrivateMariaDBData {
    let folder: FilePath

    /// What every program of MariaDB wants to be told when it runs as root.
    static var userOptions: [String] { geteuid() == 0 ? ["--user=root"] : [] }

    /// Makes the server's first files, unless they are there.
    func install() async throws {
        let data = folder.appending("data")
        if access(data.string, F_OK) == 0 { return }
        // A name of its own until it is complete: what an interrupted installation left is never taken for data.
        let unfinished = folder.appending("data-\(getpid())")
        let log = folder.appending("install.log")
        let output = try FileDescriptor.open(
            log, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        let arguments = [
            "--pdeathsig", "KILL", "--", "mariadb-install-db", "--no-defaults", "--datadir=\(unfinished)",
            "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
        ]
        var options = PlatformOptions()
        options.createSession = true
        // A folder of its own for temporary files: a server that starts removes all temporary tables that it finds,
        // also those of another that is being installed at the same time.
        let result = try await Subprocess.run(
            .name("setpriv"), arguments: Arguments(arguments + Self.userOptions),
            environment: .inherit.updating(["TMPDIR": folder.string]), platformOptions: options,
            input: .none, output: .fileDescriptor(output, closeAfterSpawningProcess: true),
            error: .combinedWithOutput)
        guard result.terminationStatus.isSuccess else {
            // What went wrong stands before a page of general advice.
            let lines = LogTail.lines(of: log, from: 0, limit: 100)
            let errors = lines.filter { $0.contains("ERROR") }
            throw PrivateServerKind.mariaDB.notInstalledData(
                by: "mariadb-install-db", result.terminationStatus, folder,
                log: errors.isEmpty ? lines.suffix(20) : errors)
        }
        guard rename(unfinished.string, data.string) == 0 else {
            throw DataFolderError.system(Errno(rawValue: errno), data)
        }
    }
}
