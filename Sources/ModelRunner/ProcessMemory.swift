internal import Glibc

/// What the processes of a run hold in memory at a moment, in bytes.
struct ProcessMemory: Equatable {
    /// The sum of the most that each of the present processes ever held.
    var peak = 0
    /// The sum of what is theirs alone: anonymous memory, without programs, libraries and mapped files.
    var anonymous = 0

    /// Looks at the processes; those that are gone, or are zombies, hold nothing.
    static func of(_ processes: [pid_t]) -> ProcessMemory {
        var memory = ProcessMemory()
        for process in processes {
            guard let status = ProcFile.read("/proc/\(process)/status") else { continue }
            memory.peak += bytes("VmHWM:", in: status)
            memory.anonymous += bytes("RssAnon:", in: status)
        }
        return memory
    }

    /// The value of a line such as `VmHWM:      1234 kB`, 0 when there is none.
    private static func bytes(_ label: String, in status: String) -> Int {
        for line in status.utf8.split(separator: UInt8(ascii: "\n")) where line.starts(with: label.utf8) {
            let digits = line.filter { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            return (Int(String(decoding: digits, as: UTF8.self)) ?? 0) * 1024
        }
        return 0
    }
}
