internal import Synchronization
internal import SystemPackage

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
    func firstBreach() async -> RunBreach? {
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

    private func look() -> RunBreach? {
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
