internal import CLinux
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Ends the models of this process when it is killed.
///
/// The kernel ends a model's own process when its worker dies, but not what the model has started in turn. So there is
/// one small shell beside us, in a session of its own, that is told which process groups are running and that ends them
/// when its connection to us closes, whatever closed it.
final class OrphanGuard: Sendable {
    /// The guard of this process; its shell starts with the first model.
    static let shared = OrphanGuard()

    /// The shell reads `+ GROUP` and `- GROUP` until the end of its input, and then ends what is left.
    private static let script = """
        groups=' '
        while read -r sign group; do
            case $sign in
            +) groups="$groups$group " ;;
            -) groups="${groups%% $group *} ${groups#* $group }" ;;
            esac
        done
        for group in $groups; do kill -s KILL -- "-$group"; done
        """

    private struct State {
        /// Our end of the connection and the shell's process; nil before the first model.
        var shell: (connection: CInt, process: pid_t)?
        var groups: Set<pid_t> = []
    }

    /// Starting a shell and writing to it can block, so that happens on a thread of its own.
    private let queue = DispatchQueue(label: "atmos.orphan-guard")
    /// Touched on the queue alone.
    private let state = Mutex(State())

    /// Has a process group ended if this process should die from now on.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn`` when there is no shell to do it.
    func add(_ group: pid_t) async throws(ModelFailure) {
        let guarded = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.tell("+", of: group)) }
        }
        guard guarded else {
            throw ModelFailure(
                kind: .spawn,
                message:
                    "The shell that ends models when their worker is killed, \(ProcessTools.shell), could not be started."
            )
        }
    }

    /// Forgets a process group that has ended.
    func remove(_ group: pid_t) {
        queue.async { _ = self.tell("-", of: group) }
    }

    private func tell(_ sign: String, of group: pid_t) -> Bool {
        state.withLock { state in
            if sign == "+" { state.groups.insert(group) } else { state.groups.remove(group) }
            return Self.tell("\(sign) \(group)\n", state: &state)
        }
    }

    /// Tells the shell; starts one where there is none, or where somebody has ended it.
    private static func tell(_ line: String, state: inout State) -> Bool {
        if let shell = state.shell {
            if SocketPair.send(line, to: shell.connection) { return true }
            close(shell.connection)
            kill(shell.process, SIGKILL)
            waitpid(shell.process, nil, 0)
            state.shell = nil
        }
        guard let shell = start() else { return false }
        state.shell = shell
        return SocketPair.send(state.groups.map { "+ \($0)\n" }.joined(), to: shell.connection)
    }

    /// Starts the shell with a socket as its standard input and with nothing else of ours.
    private static func start() -> (connection: CInt, process: pid_t)? {
        guard let sockets = try? SocketPair() else { return nil }
        defer { close(sockets.theirs) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, sockets.theirs, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        spawn_actions_add_close_from(&actions, 3)
        spawn_actions_add_chdir(&actions, "/")

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A session of its own, so that no signal to our process group or terminal reaches it.
        spawn_attributes_set_session(&attributes)

        var arguments = ["sh", "-c", script, "atmos-orphan-guard"].map { strdup($0 as String) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        guard posix_spawn(&process, ProcessTools.shell, &actions, &attributes, &arguments, nil) == 0 else {
            close(sockets.ours)
            return nil
        }
        return (sockets.ours, process)
    }
}
