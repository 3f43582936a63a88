import Foundation

/// The resource usage of one process, from `/proc`.
struct ProcessSample {
    var parent: Int32
    var executable: String
    /// User and system time together, in seconds.
    var cpuSeconds: Double
    /// The peak resident memory in bytes.
    var peakMemory: Int

    /// All running processes by their identifiers.
    static func all() -> [Int32: ProcessSample] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        var samples: [Int32: ProcessSample] = [:]
        for entry in entries {
            // A process may end between reading its name and its files.
            if let identifier = Int32(entry), let sample = ProcessSample(of: identifier) {
                samples[identifier] = sample
            }
        }
        return samples
    }

    private init?(of identifier: Int32) {
        guard let stat = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
            let status = try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8),
            let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
        else { return nil }
        executable = String(stat[stat.index(after: open)..<close])
        // The fields after the name, from the third of proc(5): state, ppid, …; utime and stime are the 14th and 15th.
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 12, let parent = Int32(fields[1]), let user = Double(fields[11]),
            let system = Double(fields[12])
        else { return nil }
        self.parent = parent
        cpuSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }?
            .split(whereSeparator: { !$0.isNumber }).first
        peakMemory = (peak.flatMap { Int($0) } ?? 0) * 1024
    }
}

/// The resource usage of a process and its descendants, by role.
struct Usage {
    let root: Int32
    private var latest: [Int32: ProcessSample] = [:]

    init(root: Int32) {
        self.root = root
    }

    /// Reads the usage of all processes of the exploration. Usage between the last sample and the end of a process is
    /// missed.
    mutating func sample() {
        let all = ProcessSample.all()
        for (identifier, sample) in all where belongs(identifier, all) { latest[identifier] = sample }
    }

    private func belongs(_ identifier: Int32, _ all: [Int32: ProcessSample]) -> Bool {
        var current = identifier
        while current > 1, current != root {
            guard let sample = all[current] else { return false }
            current = sample.parent
        }
        return current == root
    }

    /// CPU seconds by executable, and the peak memory of its largest process.
    var byRole: [String: Report.Role] {
        var roles: [String: Report.Role] = [:]
        for sample in latest.values {
            var role = roles[sample.executable] ?? Report.Role(cpuSeconds: 0, peakMegabytes: 0)
            role.cpuSeconds += sample.cpuSeconds
            role.peakMegabytes = max(role.peakMegabytes, Double(sample.peakMemory) / 1e6)
            roles[sample.executable] = role
        }
        for (name, role) in roles {
            // Without processes that ran for a moment only, such as a server's children.
            roles[name]?.processes = latest.values.count {
                $0.executable == name && $0.cpuSeconds > 0.2 * role.cpuSeconds
            }
        }
        return roles
    }
}
