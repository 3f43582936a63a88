import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("An exploration whose processes are killed with -9 at random moments")
struct KilledRolesTests {
    /// Long enough to be killed in the middle of it, again and again.
    private let plane = SyntheticPlane(reach: 28)

    @Test(
        "ends with the points and verdicts of an undisturbed one",
        arguments: ["atmos-worker", "atmos-master", "atmos-sql-client", "redis-server", "mariadbd"])
    func killedRole(name: String) async throws {
        let run = try LocalRun(plane.yaml)
        let spree = KillSpree(name: name)
        let ended = try await run.explore(started: { process in Task { try await spree.run(against: process) } })
        #expect(spree.kills > 0, "nothing was killed; seed \(spree.seed)")
        #expect(ended.status == 0, "seed \(spree.seed): \(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected, "seed \(spree.seed)")
    }

    @Test("goes on when everything was killed at once, and leaves no process behind")
    func killedStack() async throws {
        let run = try LocalRun(plane.yaml)
        for _ in 0..<2 {
            let ended = try await run.explore(started: { process in
                Task {
                    while Processes.children(of: process, named: "atmos-worker").isEmpty {
                        guard kill(process, 0) == 0 else { return }
                        try await Task.sleep(for: .milliseconds(10))
                    }
                    try await Task.sleep(for: .milliseconds(Int.random(in: 100...600)))
                    kill(process, SIGKILL)
                }
            })
            #expect(ended.status == 128 + SIGKILL, "\(ended)")
        }
        let ended = try await run.explore()
        #expect(ended.status == 0, "\(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }
}
