/// What a process and everything below it used, by role.
struct Usage {
    let root: Int32
    private var latest: [Int32: ProcessSample] = [:]

    init(root: Int32) {
        self.root = root
    }

    /// Looks at all processes of the exploration; what one used between its last sample and its end is not seen.
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
            // Not those that were there for a moment, such as a server's own children.
            roles[name]?.processes = latest.values.count {
                $0.executable == name && $0.cpuSeconds > 0.2 * role.cpuSeconds
            }
        }
        return roles
    }
}
