import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("An exploration whose processes are killed with -9 at random moments", .serialized)
struct KilledRolesTests {
    /// Long enough to be killed in the middle of it, again and again.
    private let plane = SyntheticPlane(reach: 24)

    @Test(
        "ends with the points and verdicts of an undisturbed one",
        arguments: ["atmos-worker", "atmos-master", "atmos-sql-client", "redis-server", "mariadbd"])
    func killedRole(name: String) async throws {
        let run = try LocalRun(plane.yaml)
        let spree = KillSpree(names: [name])
        let ended = try await run.explore(started: { spree.begin(against: $0) })
        #expect(spree.kills > 0, "nothing was killed; seed \(spree.seed)")
        #expect(ended.status == 0, "seed \(spree.seed): \(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected, "seed \(spree.seed)")
    }

    @Test("goes on when everything was killed at once, and leaves no process behind")
    func killedStack() async throws {
        let run = try LocalRun(plane.yaml)
        for _ in 0..<2 {
            let ended = try await run.explore(started: { process in
                Processes.signalOnceUnderWay(
                    process, SIGKILL, after: .milliseconds(Int.random(in: 100...600)))
            })
            #expect(ended.status == 128 + SIGKILL, "\(ended)")
        }
        let ended = try await run.explore()
        #expect(ended.status == 0, "\(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }
}
