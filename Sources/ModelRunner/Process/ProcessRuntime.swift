internal import CSupervisor
internal import Dispatch
internal import Glibc
package import Logging
internal import Synchronization
internal import SystemPackage

/// Runs commands as processes of this machine, each in a session of its own.
///
/// Between this process and a command is a supervisor, a fork of this process that does nothing else. No other program
/// is needed, so a worker can be put into any image.
package struct ProcessRuntime: ModelRuntime {
    private let logger: Logger

    /// - Parameter logger: told of processes that could not be ended.
    package init(logger: Logger = Logger(label: "atmos.model")) {
        self.logger = logger
    }

    package func run(_ command: ModelCommand, limits: RunLimits) async throws(ModelFailure) -> RunEnd {
        let order = SupervisorRequest.run(
            command, limits: limits, directory: command.directory.string, isContained: false)
        while true {
            let link = try await SupervisorPool.shared.take()
            let run = SupervisedRun(
                link: link, order: order, limits: limits, directory: command.directory, seesProcesses: true,
                logger: logger)
            switch await run.run() {
            case .ended(let end, let isContaminated):
                // One that has processes left which it could not end is given up, and they with it.
                if !isContaminated { SupervisorPool.shared.giveBack(link) }
                return end
            case .neverBegan:
                logger.warning("a process that watches over models had been ended; starting another")
            case .lost:
                throw ModelFailure(
                    kind: .runtime,
                    message: "The process that watches over the model was ended, and the model with it.")
            }
        }
    }
}

/// The supervisors of this process: as many as there ever were runs at the same time.
final class SupervisorPool: Sendable {
    static let shared = SupervisorPool()

    private let idle = Mutex<[SupervisorLink]>([])
    private let queue = DispatchQueue(label: "atmos.supervisors")

    /// A supervisor for one run.
    func take() async throws(ModelFailure) -> SupervisorLink {
        if let link = idle.withLock({ $0.popLast() }) { return link }
        let forked = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Self.fork()) }
        }
        let link: SupervisorLink
        do {
            link = try forked.get()
        } catch {
            throw ModelFailure(
                kind: .runtime, message: "No process could be started to watch over a model: \(error).")
        }
        guard await link.next() == .ready else {
            throw ModelFailure(
                kind: .runtime, message: "The process that is to watch over a model ended before it began.")
        }
        return link
    }

    /// Keeps a supervisor for the next run.
    func giveBack(_ link: SupervisorLink) {
        idle.withLock { $0.append(link) }
    }

    private static func fork() -> Result<SupervisorLink, Errno> {
        var process: pid_t = 0
        let socket = supervisor_fork(&process)
        return socket < 0
            ? .failure(Errno(rawValue: errno)) : .success(SupervisorLink(socket: socket, process: process))
    }
}
