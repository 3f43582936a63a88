internal import Glibc
internal import SystemPackage

/// What a container is made for: any two with the same purpose can stand in for each other.
struct ContainerPurpose: Sendable, Hashable {
    /// The image.
    let image: ContainerImage
    /// What the container may have.
    let settings: ContainerSettings
    /// Its memory in bytes; nil for any amount.
    let memoryBytes: Int?
    /// The folder that the run directories lie in.
    let folder: FilePath

    /// The engine's options that make the container what it is: without a network, without privileges, and without
    /// anything to write to but what is mounted besides.
    func options(for kind: ContainerEngine.Kind) -> [String] {
        var options = [
            "--detach", "--rm", "--pull", "never", "--network", "none", "--ipc", "none", "--read-only",
            "--cap-drop", "all", "--security-opt", "no-new-privileges",
            // Labels of SELinux would have to be written onto the user's own files.
            "--security-opt", "label=disable",
            "--user", "\(getuid()):\(getgid())", "--cpus", "\(settings.cpus)",
            "--pids-limit", "\(settings.processes + Self.supervisorProcesses)", "--log-driver", "none",
            "--no-healthcheck",
        ]
        if let memoryBytes { options += ["--memory", "\(memoryBytes)", "--memory-swap", "\(memoryBytes)"] }
        if kind == .podman {
            options += ["--read-only-tmpfs=false", "--http-proxy=false"]
            // Without root, so that the invoking user has the same number inside.
            if geteuid() != 0 { options += ["--userns", "keep-id"] }
        }
        return options
    }

    private static let supervisorProcesses = 1
}
