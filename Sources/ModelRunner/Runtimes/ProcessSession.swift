internal import Glibc

/// All processes of a run: the session that the model's own process leads.
///
/// A model's children belong to it too, whatever process group they made for themselves and however long ago their
/// parents ended. Only a process that made a session of its own (a daemon) has left it; what such a one takes is not
/// counted, but it ends with the run like all others.
struct ProcessSession: Sendable {
    /// The process that leads the session; its number is also the session's.
    let leader: pid_t

    /// The processes of the session other than its leader, zombies among them.
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

    /// Whether a process is there and more than a zombie.
    static func runs(_ pid: pid_t) -> Bool {
        guard let text = ProcFile.read("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")") else { return false }
        let state = text[text.index(after: name)...].first { $0 != " " }
        return state != "Z" && state != "X"
    }
}
