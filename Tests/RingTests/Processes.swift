import Foundation
import Support
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Finds and signals the processes of an exploration.
enum Processes {
    /// The children of a process whose executable's name starts with `name`.
    static func children(of parent: Int32, named name: String) -> [Int32] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap(Int32.init).filter { process in
            // PID (COMMAND) STATE PPID …; a command may contain spaces and parentheses.
            guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
                let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
            else { return false }
            let rest = text[text.index(after: close)...].split(separator: " ")
            // The kernel keeps the first fifteen characters of a name.
            return rest.count > 1 && Int32(rest[1]) == parent
                && text[text.index(after: open)..<close].hasPrefix(name.prefix(15))
        }
    }

    /// Sends a signal to an exploration some time after its workers have started.
    ///
    /// Returns at once and works on a separate thread; see ``ProcessKiller/start(on:maxKills:pauses:)``.
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

/// Kills processes with -9, at moments drawn from a seed.
final class ProcessKiller: Sendable {
    /// The beginnings of the executables' names.
    let names: [String]
    /// The seed of the moments and the victims, for the message of a failed test.
    let seed: UInt64
    private let count = Mutex(0)

    init(names: [String], seed: UInt64 = .random(in: 0 ... .max)) {
        self.names = names
        self.seed = seed
    }

    /// The number of killed processes.
    var kills: Int { count.withLock { $0 } }

    /// Kills children of a process until it has ended or `maxKills` have been killed: enough to hit any moment
    /// eventually, and few enough for the exploration to end.
    ///
    /// Returns at once and works on a separate thread: tasks may be delayed while other tests keep the machine busy,
    /// and the exploration does not wait for them.
    ///
    /// - Parameter pauses: the time between two kills, in microseconds.
    func start(on process: Int32, maxKills: Int = 5, pauses: ClosedRange<UInt32> = 50_000...300_000) {
        Processes.onThread { [self] in
            var generator = SplitMix64(seed: seed)
            while kills < maxKills, kill(process, 0) == 0 {
                usleep(UInt32.random(in: pauses, using: &generator))
                guard !Processes.children(of: process, named: "atmos-worker").isEmpty,
                    let name = names.randomElement(using: &generator),
                    let victim = Processes.children(of: process, named: name).randomElement(using: &generator)
                else { continue }
                if kill(victim, SIGKILL) == 0 { count.withLock { $0 += 1 } }
            }
        }
    }
}

/// Waits like `eventually`, but checks every two milliseconds, for conditions that may hold only for a short time.
func promptly(
    _ what: String, within limit: Duration = .seconds(120), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now.advanced(by: limit)
    while try await !condition() {
        guard ContinuousClock.now < end else {
            Issue.record("\(what): not within \(limit)", sourceLocation: sourceLocation)
            throw CancellationError()
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}
