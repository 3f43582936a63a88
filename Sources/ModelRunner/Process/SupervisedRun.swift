internal import Logging
internal import Synchronization
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
        /// It ended. `isContaminated` tells whether the supervisor's surroundings are not as they were before.
        case ended(RunEnd, isContaminated: Bool)
        /// The supervisor was gone before the command began.
        case neverBegan
        /// The supervisor is gone, and the command with it.
        case lost
    }

    /// Runs the command.
    func run() async -> Outcome {
        switch await link.begin(order) {
        case .started(let process): await watch(process)
        case .failed(_, let error): .ended(RunEnd(status: .notStarted(error)), isContaminated: false)
        default: .neverBegan
        }
    }

    private func watch(_ process: Int32) async -> Outcome {
        let session = seesProcesses ? ProcessSession(leader: process) : nil
        let monitor = RunMonitor(session: session, directory: directory, limits: limits)
        let (reply, breach) = await withTaskGroup(of: LimitViolation?.self) { group in
            group.addTask {
                // Nil when the task is cancelled, and when the command has ended: then this means nothing.
                let breach = await monitor.firstViolation()
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
        return .ended(end, isContaminated: dirty || left)
    }
}

/// Watches one run from outside, for the limits that the kernel does not keep by itself.
final class RunMonitor: Sendable {
    private let session: ProcessSession?
    private let directory: FilePath
    private let limits: RunLimits
    private let deadline: ContinuousClock.Instant
    private let peak = Mutex<Int?>(nil)

    /// Watches a run that began just now.
    ///
    /// - Parameters:
    ///   - session: its processes; nil where they are not to be seen from here.
    ///   - directory: where its files are.
    ///   - limits: what it may take.
    init(session: ProcessSession?, directory: FilePath, limits: RunLimits) {
        self.session = session
        self.directory = directory
        self.limits = limits
        deadline = ContinuousClock.now + limits.wallTime
    }

    /// The most memory seen so far, in bytes.
    var peakMemoryBytes: Int? { peak.withLock { $0 } }

    /// Returns when a limit is reached, or nil when the task is cancelled before.
    ///
    /// The run is looked at after 5 ms, after 10 more, and so on up to ten times a second: often enough to tell what a
    /// short run holds, seldom enough to cost a long one nothing.
    func firstViolation() async -> LimitViolation? {
        var interval = Duration.milliseconds(5)
        while true {
            let next = ContinuousClock.now + interval
            do {
                try await Task.sleep(until: min(next, deadline), tolerance: .zero, clock: .continuous)
            } catch {
                return nil
            }
            if let breach = look() { return breach }
            interval = min(interval * 2, .milliseconds(100))
        }
    }

    private func look() -> LimitViolation? {
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
