internal import Logging
internal import Synchronization
internal import SystemPackage

/// One run of a command under a supervisor: starts it, enforces its limits, and waits until no process of it is left.
struct SupervisedRun: Sendable {
    let link: SupervisorLink
    /// The request to run the command; see ``SupervisorRequest``.
    let request: [UInt8]
    let limits: RunLimits
    /// The present path of the run directory on this machine.
    let directory: FilePath
    /// Whether the supervisor's process IDs are valid on this machine.
    let seesProcesses: Bool
    /// Receives warnings about processes that could not be ended.
    let logger: Logger

    /// The outcome of a run.
    enum Outcome {
        /// The command ended. `isContaminated` says whether it left changes that a later run could see.
        case ended(RunEnd, isContaminated: Bool)
        /// The supervisor had ended before the command started.
        case notStarted
        /// The supervisor ended, and the command with it.
        case lost
    }

    /// Runs the command.
    func run() async -> Outcome {
        switch await link.start(request) {
        case .started(let process): await watch(process)
        case .failed(_, let error): .ended(RunEnd(status: .notStarted(error)), isContaminated: false)
        default: .notStarted
        }
    }

    private func watch(_ process: Int32) async -> Outcome {
        let session = seesProcesses ? ProcessSession(leader: process) : nil
        let monitor = RunMonitor(session: session, directory: directory, limits: limits)
        let (reply, violation) = await withTaskGroup(of: LimitViolation?.self) { group in
            group.addTask {
                // Returns when the task is cancelled, too. If the command has ended by then, `terminate` has no effect.
                let violation = await monitor.firstViolation()
                link.terminate(grace: limits.grace)
                return violation
            }
            let reply = await link.nextReply()
            group.cancelAll()
            return (reply, await group.next() ?? nil)
        }
        guard case .ended(var end, let hasSurvivors, let isContaminated) = reply else {
            // The kernel has ended the command's process with the supervisor; this ends its descendants.
            session?.kill()
            return .lost
        }
        if hasSurvivors {
            logger.warning("processes of a model could not be ended", metadata: ["session": "\(process)"])
        }
        end.violation = violation
        end.peakMemoryBytes = max(end.peakMemoryBytes ?? 0, monitor.peakMemoryBytes ?? 0)
        return .ended(end, isContaminated: isContaminated || hasSurvivors)
    }
}

/// Watches one run from outside, for the limits that the kernel does not enforce.
final class RunMonitor: Sendable {
    private let session: ProcessSession?
    private let directory: FilePath
    private let limits: RunLimits
    private let deadline: ContinuousClock.Instant
    private let peak = Mutex<Int?>(nil)

    /// Creates the monitor of a run that starts now.
    ///
    /// - Parameters:
    ///   - session: its processes; `nil` if they are not visible from here.
    ///   - directory: the folder of its files.
    ///   - limits: its limits.
    init(session: ProcessSession?, directory: FilePath, limits: RunLimits) {
        self.session = session
        self.directory = directory
        self.limits = limits
        deadline = ContinuousClock.now + limits.wallTime
    }

    /// The largest memory measured so far, in bytes.
    var peakMemoryBytes: Int? { peak.withLock { $0 } }

    /// Waits until a limit is reached; returns `nil` if the task is cancelled first.
    ///
    /// The run is measured after 5 ms, after 10 more, and so on up to ten times a second: early enough for the memory of a
    /// short run, rarely enough to cost a long run nothing.
    func firstViolation() async -> LimitViolation? {
        var interval = Duration.milliseconds(5)
        while true {
            let next = ContinuousClock.now + interval
            do {
                try await Task.sleep(until: min(next, deadline), tolerance: .zero, clock: .continuous)
            } catch {
                return nil
            }
            if let violation = measure() { return violation }
            interval = min(interval * 2, .milliseconds(100))
        }
    }

    private func measure() -> LimitViolation? {
        if let session {
            let usage = ProcessUsage.of([session.leader] + session.members())
            if usage.peak > 0 { peak.withLock { $0 = max($0 ?? 0, usage.peak) } }
            if let limit = limits.memoryBytes, usage.anonymous > limit { return .memory(bytes: usage.anonymous) }
            if let limit = limits.cpuTime, usage.cpuTime >= limit { return .cpuTime }
        }
        let size = FolderSize.ofRun(in: directory)
        if size.exceeds(limits) { return .output(size) }
        return ContinuousClock.now >= deadline ? .wallTime : nil
    }
}
