internal import Glibc
internal import SystemPackage

/// All processes of a run: the session of the model's main process.
///
/// A model's children belong to the session even in another process group and after their parents have ended. Only a
/// process that created a separate session (a daemon) has left it; its usage is not counted, but it ends with the run
/// like all others.
struct ProcessSession: Sendable {
    /// The process that leads the session; its ID is also the session's.
    let leader: pid_t

    /// The processes of the session other than its leader, including zombies.
    func members() -> [pid_t] {
        guard let stream = opendir("/proc") else { return [] }
        defer { closedir(stream) }
        var members: [pid_t] = []
        while let entry = readdir(stream) {
            guard let pid = Self.number(entry), pid != leader, getsid(pid) == leader else { continue }
            members.append(pid)
        }
        return members
    }

    private static func number(_ entry: UnsafeMutablePointer<dirent>) -> pid_t? {
        withUnsafeBytes(of: &entry.pointee.d_name) { name in
            var number: pid_t = 0
            for byte in name {
                if byte == 0 { return number }
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                number = number &* 10 &+ pid_t(byte - UInt8(ascii: "0"))
            }
            return nil
        }
    }

    /// Ends every process of the session at once.
    func kill() {
        for member in members() { Glibc.kill(member, SIGKILL) }
    }

    /// Whether a process exists and is not a zombie.
    static func runs(_ pid: pid_t) -> Bool {
        guard let text = ProcFile.read("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")") else { return false }
        let state = text[text.index(after: name)...].first { $0 != " " }
        return state != "Z" && state != "X"
    }
}

/// The memory and processor time of a run's processes at one moment.
struct ProcessUsage: Equatable {
    /// The sum of the peak memory of each present process, in bytes.
    var peak = 0
    /// The sum of their anonymous memory in bytes, without programs, libraries and mapped files.
    var anonymous = 0
    /// The processor time of all of them and of their ended children.
    var cpuTime = Duration.zero

    /// Measures the processes; ended ones and zombies use no memory.
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

    /// The value of a line such as `VmHWM:      1234 kB`; 0 if there is none.
    private static func bytes(_ label: String, in status: String) -> Int {
        for line in status.utf8.split(separator: UInt8(ascii: "\n")) where line.starts(with: label.utf8) {
            let digits = line.filter { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            return (Int(String(decoding: digits, as: UTF8.self)) ?? 0) * 1024
        }
        return 0
    }

    /// `utime`, `stime`, `cutime` and `cstime`, the fields 14 to 17 of proc(5), in ticks. The second field, a name in
    /// parentheses, may contain any character.
    private static func cpuTime(in stat: String) -> Duration {
        guard let name = stat.lastIndex(of: ")") else { return .zero }
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        guard fields.count > 14 else { return .zero }
        let ticks = fields[11...14].reduce(0) { $0 + (Int($1) ?? 0) }
        return .seconds(1) * ticks / max(1, sysconf(Int32(_SC_CLK_TCK)))
    }
}

/// Files of the kernel's process file system.
enum ProcFile {
    /// The text of a small file under `/proc`; `nil` if its process has ended.
    static func read(_ path: String) -> String? {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec]) else {
            return nil
        }
        defer { try? file.close() }
        return withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 16) { buffer in
            guard let count = try? file.read(into: buffer), count > 0 else { return nil }
            return String(decoding: buffer.prefix(count), as: UTF8.self)
        }
    }
}
