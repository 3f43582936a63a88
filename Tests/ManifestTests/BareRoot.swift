import FoundationEssentials
import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// A root file system that holds a model, its libraries, and nothing else: not even a shell.
struct EmptyRootFS: Sendable {
    let folder: FilePath

    private static let library = Kustomize.root.pushing("scripts/lib/bundle.sh")
    private static let launcher = Kustomize.root.pushing("k8s/images/launcher.c")

    /// Whether processes may be put into a root of their own here: as root, or where users may have name spaces.
    static let isPossible: Bool = {
        if getuid() == 0 { return true }
        let text = try? String(contentsOfFile: "/proc/sys/user/max_user_namespaces", encoding: .utf8)
        let limit = text.map { $0.filter(\.isNumber) }.flatMap { Int($0) }
        let restricted = try? String(
            contentsOfFile: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", encoding: .utf8)
        return (limit ?? 0) > 0 && restricted?.hasPrefix("1") != true
    }()

    static let absence = "a process may change its root only as root, or where users may have name spaces of their own"

    /// Makes one with an executable at `place`.
    init(_ folder: FilePath, executable: FilePath, at place: String) async throws {
        self.folder = folder
        for name in ["proc", "dev", "tmp"] { try Files.makeFolder(folder.appending(name)) }
        _ = try await Cluster.shell(
            #"launcher=$1; . "$2"; bundle_root "$3" "$4" "$5""#,
            [Self.launcher.string, Self.library.string, executable.string, place, folder.string])
    }

    /// Packs the worker as its image holds it.
    static func bundleWorker(in folder: FilePath) async throws {
        _ = try await Cluster.shell(
            #"launcher=$1; . "$2"; bundle_worker "$3" "$4""#,
            [launcher.string, library.string, Cluster.executables.appending("atmos-worker").string, folder.string])
    }

    /// Runs a command in there, with a `/proc` and a `/dev`, as the first of its processes and as a user who is nobody.
    ///
    /// - Returns: its exit status and what it said on standard error.
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
            environment: Cluster.whole(environment.merging(["PATH": "/usr/sbin:/usr/bin:/bin"]) { $1 }), input: .none,
            output: .discarded, error: .string(limit: 1 << 20))
        return (result.terminationStatus, result.standardError)
    }
}
