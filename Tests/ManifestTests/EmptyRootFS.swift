import FoundationEssentials
import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// A root file system that contains only a model and its libraries, without a shell.
struct EmptyRootFS: Sendable {
    let folder: FilePath

    private static let library = Kustomize.root.pushing("scripts/lib/bundle.sh")
    private static let launcher = Kustomize.root.pushing("k8s/images/launcher.c")

    /// Whether a process can change its root here: as root, or with user namespaces.
    static let isPossible: Bool = {
        if getuid() == 0 { return true }
        let text = try? String(contentsOfFile: "/proc/sys/user/max_user_namespaces", encoding: .utf8)
        let limit = text.map { $0.filter(\.isNumber) }.flatMap { Int($0) }
        let restricted = try? String(
            contentsOfFile: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", encoding: .utf8)
        return (limit ?? 0) > 0 && restricted?.hasPrefix("1") != true
    }()

    static let absence = "changing the root of a process needs root, or user namespaces"

    /// Creates it with an executable at `place`.
    init(_ folder: FilePath, executable: FilePath, at place: String) async throws {
        self.folder = folder
        for name in ["proc", "dev", "tmp"] { try Files.makeFolder(folder.appending(name)) }
        _ = try await ClusterFixture.shell(
            #"launcher=$1; . "$2"; bundle_root "$3" "$4" "$5""#,
            [Self.launcher.string, Self.library.string, executable.string, place, folder.string])
    }

    /// Bundles the worker as its image contains it.
    static func bundleWorker(in folder: FilePath) async throws {
        _ = try await ClusterFixture.shell(
            #"launcher=$1; . "$2"; bundle_worker "$3" "$4""#,
            [
                launcher.string, library.string, ClusterFixture.executables.appending("atmos-worker").string,
                folder.string,
            ])
    }

    /// Runs a command in it, with `/proc` and `/dev`, as process 1 and without privileges.
    ///
    /// - Returns: the exit status and the text on standard error.
    func run(
        _ command: [String], environment: [String: String]
    ) async throws -> (status: TerminationStatus, errors: String) {
        let spaces = ["--mount", "--pid", "--fork", "--kill-child"] + (getuid() == 0 ? [] : ["--map-root-user"])
        let user = getuid() == 0 ? ["--userspec=65532:65532", "--groups="] : []
        let script = #"mount --rbind /dev "$1/dev"; mount -t proc proc "$1/proc"; shift; exec "$@""#
        let result = try await Subprocess.run(
            .name("unshare"),
            arguments: Arguments(
                spaces + ["/bin/sh", "-euc", script, "sh", folder.string, "/usr/sbin/chroot"] + user
                    + [folder.string] + command),
            environment: ClusterFixture.complete(environment.merging(["PATH": "/usr/sbin:/usr/bin:/bin"]) { $1 }),
            input: .none,
            output: .discarded, error: .string(limit: 1 << 20))
        return (result.terminationStatus, result.standardError)
    }
}
