import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Looks at and kills processes by what they are to an exploration.
enum Processes {
    /// The children of a process whose executable's name begins so.
    static func children(of parent: Int32, named name: String) -> [Int32] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap(Int32.init).filter { process in
            // PID (COMMAND) STATE PPID …; a command may hold spaces and parentheses itself.
            guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
                let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
            else { return false }
            let rest = text[text.index(after: close)...].split(separator: " ")
            // The kernel keeps the first fifteen characters of a name.
            return rest.count > 1 && Int32(rest[1]) == parent
                && text[text.index(after: open)..<close].hasPrefix(name.prefix(15))
        }
    }

    /// Sends a signal to an exploration a while after its workers have begun.
    ///
    /// It returns at once and works on a thread of its own; see ``KillSpree/begin(against:most:)``.
    static func signalOnceUnderWay(_ process: Int32, _ signal: Int32, after delay: Duration = .milliseconds(100)) {
        onThread {
            while children(of: process, named: "atmos-worker").isEmpty {
                guard kill(process, 0) == 0 else { return }
                usleep(10_000)
            }
            usleep(UInt32(delay / .microseconds(1)))
            kill(process, signal)
        }
    }

    static func onThread(_ body: @Sendable @escaping () -> Void) {
        Thread(block: body).start()
    }
}
