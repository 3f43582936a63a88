internal import Logging
internal import SystemPackage

/// One run of a command under a supervisor: begins it, watches its limits, and stays until nothing of it is left.
struct SupervisedRun: Sendable {
    /// The supervisor.
    let link: SupervisorLink
    /// What it is told.
    let order: [UInt8]
    /// The limits.
    let limits: RunLimits
    /// Where the run directory is now, on this machine.
    let directory: FilePath
    /// Whether the supervisor's process numbers are this machine's.
    let seesProcesses: Bool
    /// Told of processes that could not be ended.
    let logger: Logger

    /// What came of a run.
    enum Outcome {
        /// It ended. `leavesTraces` tells whether the supervisor's surroundings are not as they were before.
        case ended(RunEnd, leavesTraces: Bool)
        /// The supervisor was gone before the command began.
        case neverBegan
        /// The supervisor is gone, and the command with it.
        case lost
    }

    /// Runs the command.
    func run() async -> Outcome {
        switch await link.begin(order) {
        case .started(let process): await watch(process)
        case .failed(_, let error): .ended(RunEnd(status: .notStarted(error)), leavesTraces: false)
        default: .neverBegan
        }
    }

    private func watch(_ process: Int32) async -> Outcome {
        let session = seesProcesses ? ProcessSession(leader: process) : nil
        let monitor = RunMonitor(session: session, directory: directory, limits: limits)
        let (reply, breach) = await withTaskGroup(of: RunBreach?.self) { group in
            group.addTask {
                // Nil when the task is cancelled, and when the command has ended: then this means nothing.
                let breach = await monitor.firstBreach()
                link.askToEnd(grace: limits.grace)
                return breach
            }
            let reply = await link.next()
            group.cancelAll()
            return (reply, await group.next() ?? nil)
        }
        guard case .ended(var end, let left, let dirty) = reply else {
            // The kernel has ended the command's own process with the supervisor; this ends what that left.
            session?.kill()
            return .lost
        }
        if left { logger.warning("processes of a model could not be ended", metadata: ["session": "\(process)"]) }
        end.breach = breach
        end.peakMemoryBytes = max(end.peakMemoryBytes ?? 0, monitor.peakMemoryBytes ?? 0)
        return .ended(end, leavesTraces: dirty || left)
    }
}
