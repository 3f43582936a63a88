internal import Synchronization
internal import SystemPackage

/// Watches one run from outside, for the limits that the kernel does not keep by itself.
final class RunMonitor: Sendable {
    /// Why a run has to be ended.
    enum Breach: Sendable, Equatable {
        case wallTime
        case memory(bytes: Int)
        case output(FolderSize)
    }

    private let session: ProcessSession
    private let directory: FilePath
    private let limits: RunLimits
    private let deadline: ContinuousClock.Instant
    private let peak = Mutex<Int?>(nil)

    /// Watches the processes of `session`, which began just now, and the files of `directory`.
    init(session: ProcessSession, directory: FilePath, limits: RunLimits) {
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
    func firstBreach() async -> Breach? {
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

    private func look() -> Breach? {
        let memory = ProcessMemory.of([session.leader] + session.members())
        if memory.peak > 0 { peak.withLock { $0 = max($0 ?? 0, memory.peak) } }
        if let limit = limits.memoryBytes, memory.anonymous > limit { return .memory(bytes: memory.anonymous) }
        let size = FolderSize.ofRun(in: directory)
        if size.exceeds(limits) { return .output(size) }
        return ContinuousClock.now >= deadline ? .wallTime : nil
    }
}
