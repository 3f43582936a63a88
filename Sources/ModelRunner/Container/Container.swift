internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A running container that serves one run after the other.
///
/// Its first process is the supervisor, which ends with its connection to this process. The kernel then ends all other
/// processes in the container, and the engine removes it.
final class Container: Sendable {
    /// The path of the shared folder in the container.
    static let sharedFolder = "/.atmos/run"
    /// The name of the run directory in the shared folder.
    static let runFolder = "run"
    private static let socketFile = "control"
    private static let supervisorFile = "/.atmos/supervisor"

    /// The name of the container, for users and for the engine.
    let name: String
    /// The folder that it shares with this machine.
    let slot: ContainerSlot
    /// The connection to its supervisor.
    let link: SupervisorLink
    /// The specification that it was started with.
    let specification: ContainerSpecification
    private let engine: ContainerEngine
    private let runCount = Mutex(0)

    /// Starts a container.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/runtime`` with the engine's message.
    static func start(_ specification: ContainerSpecification, by engine: ContainerEngine, supervisor: FilePath)
        async throws(ModelFailure) -> Container
    {
        let name = "atmos-model-\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
        let slot = try ContainerSlot(in: specification.folder, name: name)
        let socket: ControlSocket
        do {
            socket = try ControlSocket(path: slot.shortPath(of: socketFile))
        } catch {
            throw ModelFailure(
                kind: .runtime, message: "cannot create a socket for the container of a model: \(error)")
        }
        defer { socket.cancel() }
        let options = specification.options(for: engine.kind)
        let mounts = [
            "--mount", "type=bind,source=\(supervisor),destination=\(supervisorFile),readonly",
            "--mount", "type=bind,source=\(slot.folder),destination=\(sharedFolder)",
            "--workdir", sharedFolder, "--entrypoint", supervisorFile,
        ]
        // Run in the slot's folder, because podman's monitor leaves a file in its working directory if memory runs out.
        try await engine.command(
            ["run", "--name", name] + options + mounts + engine.runOptions
                + [specification.image.id, "\(sharedFolder)/\(socketFile)"],
            purpose: "start a container of the image '\(specification.image.reference)'", in: slot.folder)
        guard let link = await socket.accept(timeLimit: .seconds(30)), await link.nextReply() == .ready else {
            try await engine.remove(name)
            throw ModelFailure(
                kind: .runtime,
                message:
                    "the supervisor in the container of the image '\(specification.image.reference)' does not answer"
            )
        }
        return Container(name: name, slot: slot, link: link, specification: specification, engine: engine)
    }

    private init(
        name: String, slot: ContainerSlot, link: SupervisorLink, specification: ContainerSpecification,
        engine: ContainerEngine
    ) {
        self.name = name
        self.slot = slot
        self.link = link
        self.specification = specification
        self.engine = engine
    }

    /// Counts a run, and returns whether the container has served this number of runs.
    func hasServed(_ runs: Int) -> Bool {
        runCount.withLock { count in
            count += 1
            return count >= runs
        }
    }

    /// Ends the container, and returns when no process in it is left.
    func end() async {
        if await link.shutDown() { return }
        try? await engine.remove(name)
    }

    /// Removes a container whose supervisor has ended, in case the engine has not done so.
    func remove() async throws(ModelFailure) {
        try await engine.remove(name)
    }
}

extension ContainerEngine {
    /// Removes a container at once, in any state. A missing one is not an error.
    func remove(_ name: String) async throws(ModelFailure) {
        let options = kind == .podman ? ["--ignore", "--time", "0"] : []
        do {
            try await command(["rm", "--force"] + options + [name], purpose: "remove the container \(name)")
        } catch  where error.message.lowercased().contains("no such container") {
            // It has been removed already.
        }
    }
}

/// The image and resources of a container: containers with the same specification are interchangeable.
struct ContainerSpecification: Sendable, Hashable {
    /// The image.
    let image: ContainerImage
    /// The resources of the container.
    let settings: ContainerSettings
    /// The memory limit in bytes; `nil` for no limit.
    let memoryBytes: Int?
    /// The folder of the run directories.
    let folder: FilePath

    /// The engine's options for a container without a network, without privileges, and without writable folders except
    /// those that are mounted.
    func options(for kind: ContainerEngine.Kind) -> [String] {
        var options = [
            "--detach", "--rm", "--pull", "never", "--network", "none", "--ipc", "none", "--read-only",
            "--cap-drop", "all", "--security-opt", "no-new-privileges",
            // SELinux labels would have to be written to the user's files.
            "--security-opt", "label=disable",
            "--user", "\(getuid()):\(getgid())", "--cpus", "\(settings.cpus)",
            "--pids-limit", "\(settings.processes + Self.supervisorProcesses)", "--log-driver", "none",
            "--no-healthcheck",
        ]
        if let memoryBytes { options += ["--memory", "\(memoryBytes)", "--memory-swap", "\(memoryBytes)"] }
        if kind == .podman {
            options += ["--read-only-tmpfs=false", "--http-proxy=false"]
            // Without root, so that the invoking user has the same ID inside.
            if geteuid() != 0 { options += ["--userns", "keep-id"] }
        }
        return options
    }

    private static let supervisorProcesses = 1
}
