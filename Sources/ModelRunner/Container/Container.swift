internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A running container that serves one run after the other.
///
/// Its first process is the supervisor, which ends with its connection to this process, whatever ends that: then the
/// kernel ends everything else in the container, and the engine removes it.
final class Container: Sendable {
    /// Where the shared folder is in the container.
    static let sharedFolder = "/.atmos/run"
    /// The run directory's name in it.
    static let runFolder = "run"
    private static let socketFile = "control"
    private static let supervisorFile = "/.atmos/supervisor"

    /// The container's name, for people and for the engine.
    let name: String
    /// The folder that it shares with this machine.
    let slot: ContainerSlot
    /// The connection to its supervisor.
    let link: SupervisorLink
    /// What it was made for.
    let purpose: ContainerSpecification
    private let engine: ContainerEngine
    private let served = Mutex(0)

    /// Starts a container.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/runtime`` with what the engine says.
    static func start(_ purpose: ContainerSpecification, by engine: ContainerEngine, supervisor: FilePath)
        async throws(ModelFailure) -> Container
    {
        let name = "atmos-model-\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
        let slot = try ContainerSlot(in: purpose.folder, name: name)
        let socket: ControlSocket
        do {
            socket = try ControlSocket(path: slot.shortPath(of: socketFile))
        } catch {
            throw ModelFailure(
                kind: .runtime, message: "No socket could be made for the container of a model: \(error).")
        }
        defer { socket.cancel() }
        let options = purpose.options(for: engine.kind)
        let mounts = [
            "--mount", "type=bind,source=\(supervisor),destination=\(supervisorFile),readonly",
            "--mount", "type=bind,source=\(slot.folder),destination=\(sharedFolder)",
            "--workdir", sharedFolder, "--entrypoint", supervisorFile,
        ]
        // In the slot's folder, since podman's monitor leaves a file where it is when memory runs out.
        try await engine.command(
            ["run", "--name", name] + options + mounts + engine.runOptions
                + [purpose.image.id, "\(sharedFolder)/\(socketFile)"],
            purpose: "start a container of the image '\(purpose.image.reference)'", in: slot.folder)
        guard let link = await socket.accept(timeLimit: .seconds(30)), await link.next() == .ready else {
            try await engine.remove(name)
            throw ModelFailure(
                kind: .runtime,
                message: "The container of the image '\(purpose.image.reference)' was started, but its supervisor "
                    + "does not answer.")
        }
        return Container(name: name, slot: slot, link: link, purpose: purpose, engine: engine)
    }

    private init(
        name: String, slot: ContainerSlot, link: SupervisorLink, purpose: ContainerSpecification, engine: ContainerEngine
    ) {
        self.name = name
        self.slot = slot
        self.link = link
        self.purpose = purpose
        self.engine = engine
    }

    /// Counts a run and says whether there may be another.
    func isWorn(after runs: Int) -> Bool {
        served.withLock { count in
            count += 1
            return count >= runs
        }
    }

    /// Ends the container, and returns when nothing in it runs any more.
    func end() async {
        if await link.hangUp() { return }
        try? await engine.remove(name)
    }

    /// Removes a container whose supervisor is gone, in case the engine has not.
    func removeRemains() async throws(ModelFailure) {
        try await engine.remove(name)
    }
}

extension ContainerEngine {
    /// Removes a container at once, whether it runs, has ended or is gone already.
    func remove(_ name: String) async throws(ModelFailure) {
        let options = kind == .podman ? ["--ignore", "--time", "0"] : []
        do {
            try await command(["rm", "--force"] + options + [name], purpose: "remove the container \(name)")
        } catch  where error.message.lowercased().contains("no such container") {
            // It is gone, which is all that was wanted.
        }
    }
}

/// What a container is made for: any two with the same purpose can stand in for each other.
struct ContainerSpecification: Sendable, Hashable {
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
