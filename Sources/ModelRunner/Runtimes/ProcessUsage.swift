internal import Glibc

/// What the processes of a run hold in memory and have taken of the processor at a moment.
struct ProcessUsage: Equatable {
    /// The sum of the most bytes that each of the present processes ever held.
    var peak = 0
    /// The sum of the bytes that are theirs alone: anonymous memory, without programs, libraries and mapped files.
    var anonymous = 0
    /// The processor time of all of them, and of those of their children that have ended.
    var cpuTime = Duration.zero

    /// Looks at the processes; those that are gone, or are zombies, hold nothing.
    static func of(_ processes: [pid_t]) -> ProcessUsage {
        var usage = ProcessUsage()
        for process in processes {
            if let status = ProcFile.read("/proc/\(process)/status") {
                usage.peak += bytes("VmHWM:", in: status)
                usage.anonymous += bytes("RssAnon:", in: status)
            }
            if let stat = ProcFile.read("/proc/\(process)/stat") { usage.cpuTime += cpuTime(in: stat) }
        }
        return usage
    }

    /// The value of a line such as `VmHWM:      1234 kB`, 0 when there is none.
    private static func bytes(_ label: String, in status: String) -> Int {
        for line in status.utf8.split(separator: UInt8(ascii: "\n")) where line.starts(with: label.utf8) {
            let digits = line.filter { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            return (Int(String(decoding: digits, as: UTF8.self)) ?? 0) * 1024
        }
        return 0
    }

    /// `utime`, `stime`, `cutime` and `cstime`, the fields 14 to 17 of proc(5), in ticks. The second field, a name in
    /// parentheses, may hold anything.
    private static func cpuTime(in stat: String) -> Duration {
        guard let name = stat.lastIndex(of: ")") else { return .zero }
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        guard fields.count > 14 else { return .zero }
        let ticks = fields[11...14].reduce(0) { $0 + (Int($1) ?? 0) }
        return .seconds(1) * ticks / max(1, sysconf(Int32(_SC_CLK_TCK)))
    }
}
