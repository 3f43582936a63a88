import Support
import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#endif

/// Kills processes of some kinds with -9, at moments drawn from a seed.
final class KillSpree: Sendable {
    /// The beginnings of the executables' names.
    let names: [String]
    /// Draws the moments and the victims; for the message of a test that failed.
    let seed: UInt64
    private let count = Mutex(0)

    init(names: [String], seed: UInt64 = .random(in: 0 ... .max)) {
        self.names = names
        self.seed = seed
    }

    /// How many were killed.
    var kills: Int { count.withLock { $0 } }

    /// Kills children of a process until it has ended, or until `most` have been killed: enough to hit every moment now
    /// and then, and few enough to come to an end.
    ///
    /// It returns at once and works on a thread of its own: tasks may have to wait while other tests keep the machine
    /// busy, and an exploration does not wait for them.
    ///
    /// - Parameter pauses: from one to the next, in microseconds.
    func begin(against process: Int32, most: Int = 5, pauses: ClosedRange<UInt32> = 50_000...300_000) {
        Processes.onThread { [self] in
            var generator = SplitMix64(seed: seed)
            while kills < most, kill(process, 0) == 0 {
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
