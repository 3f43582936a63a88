import Glibc

/// How long a number of jobs took.
struct Measurement: CustomStringConvertible {
    private let start = ContinuousClock.now
    private let cpuStart = Self.cpuMicroseconds()
    private var jobs = 0
    private var seconds = 0.0
    private var cpuSeconds = 0.0

    /// The operation is over.
    mutating func end(jobs: Int) {
        self.jobs = jobs
        seconds = start.duration(to: .now) / .seconds(1)
        cpuSeconds = Double(Self.cpuMicroseconds() - cpuStart) / 1e6
    }

    var description: String { "\(jobs) \(seconds) \(cpuSeconds)" }

    private static func cpuMicroseconds() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        return seconds * 1_000_000 + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }
}
