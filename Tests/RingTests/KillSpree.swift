import Synchronization
import TestSupport

#if canImport(Glibc)
import Glibc
#endif

/// Kills processes of one kind with -9, at moments drawn from a seed.
final class KillSpree: Sendable {
    /// The beginning of the executable's name.
    let name: String
    /// Draws the moments and the victims; for the message of a test that failed.
    let seed: UInt64
    private let count = Mutex(0)

    init(name: String, seed: UInt64 = .random(in: 0 ... .max)) {
        self.name = name
        self.seed = seed
    }

    /// How many were killed.
    var kills: Int { count.withLock { $0 } }

    /// Kills children of a process until it has ended, or until `most` have been killed: enough to hit every moment now
    /// and then, and few enough to come to an end.
    func run(against process: Int32, most: Int = 5) async throws {
        var generator = SeededGenerator(seed: seed)
        while kills < most, kill(process, 0) == 0 {
            try await Task.sleep(for: .milliseconds(Int.random(in: 50...400, using: &generator)))
            guard !Processes.children(of: process, named: "atmos-worker").isEmpty,
                let victim = Processes.children(of: process, named: name).randomElement(using: &generator)
            else { continue }
            if kill(victim, SIGKILL) == 0 { count.withLock { $0 += 1 } }
        }
    }
}
