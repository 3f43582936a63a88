internal import CSupervisor
internal import Glibc
package import Logging
internal import Support
internal import Synchronization
internal import SystemPackage

/// Runs commands as processes of this machine, each in a separate session.
///
/// Between this process and a command is a supervisor, a fork of this process that does nothing else. No other program
/// is needed, so that a worker can be added to any image.
package struct ProcessRuntime: ModelRuntime {
    private let logger: Logger

    /// - Parameter logger: receives warnings about processes that could not be ended.
    package init(logger: Logger = Logger(label: "atmos.model")) {
        self.logger = logger
    }

    package func run(_ command: ModelCommand, limits: RunLimits) async throws(ModelFailure) -> RunEnd {
        let request = SupervisorRequest.run(
            command, limits: limits, directory: command.directory.string, isContained: false)
        while true {
            let link = try await SupervisorPool.shared.take()
            let run = SupervisedRun(
                link: link, request: request, limits: limits, directory: command.directory, seesProcesses: true,
                logger: logger)
            switch await run.run() {
            case .ended(let end, let isContaminated):
                // A supervisor with processes that it could not end is abandoned together with them.
                if !isContaminated { SupervisorPool.shared.putBack(link) }
                return end
            case .notStarted:
                logger.warning("the supervisor of models had ended; starting another")
            case .lost:
                throw ModelFailure(
                    kind: .lost, message: "the supervisor of the model was ended, and the model with it")
            }
        }
    }
}

/// The supervisors of this process: as many as there were concurrent runs at most.
final class SupervisorPool: Sendable {
    static let shared = SupervisorPool()

    private let idle = Mutex<[SupervisorLink]>([])
    private let executor = BlockingExecutor(label: "atmos.supervisors")

    /// A supervisor for one run.
    func take() async throws(ModelFailure) -> SupervisorLink {
        if let link = idle.withLock({ $0.popLast() }) { return link }
        let link: SupervisorLink
        do {
            link = try await executor.run { try Self.fork() }
        } catch {
            throw ModelFailure(kind: .runtime, message: "cannot start a supervisor for a model: \(error)")
        }
        guard await link.nextReply() == .ready else {
            throw ModelFailure(kind: .runtime, message: "the supervisor for a model ended before it was ready")
        }
        return link
    }

    /// Keeps a supervisor for another run.
    func putBack(_ link: SupervisorLink) {
        idle.withLock { $0.append(link) }
    }

    private static func fork() throws -> SupervisorLink {
        var process: pid_t = 0
        let socket = supervisor_fork(&process)
        guard socket >= 0 else { throw Errno(rawValue: errno) }
        return SupervisorLink(socket: socket, process: process)
    }
}
