import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite(
    "A long exploration with a role killed every second",
    .enabled(if: ProcessInfo.processInfo.environment["ATMOS_LONG_TESTS"] == "1"))
struct LongKillSpreeTests {

    /// A program that takes a while, so that there are many seconds to be killed in.
    private static let model = """
        #!/bin/sh
        sleep 0.1
        x=$(grep -o '"x": *[-0-9.]*' point.json | grep -o '[-0-9.]*$')
        y=$(grep -o '"y": *[-0-9.]*' point.json | grep -o '[-0-9.]*$')
        verdict=unstable
        if [ $((x * x + y * y)) -le 144 ]; then verdict=stable; fi
        echo "{\\"verdict\\": \\"$verdict\\", \\"message\\": \\"\\", \\"outputs\\": {}}" > result.json
        """

    private func run() throws -> LocalRun {
        let plane = SyntheticPlane(reach: 12).yaml
        let (head, tail) = (plane.firstRange(of: "  adapter: synthetic"), plane.firstRange(of: "run: "))
        return try LocalRun(
            """
            \(plane[..<(try #require(head)).lowerBound])  adapter: command
              command: [./model.sh]
            \(plane[(try #require(tail)).lowerBound...])
            """, files: ["model.sh": Self.model])
    }

    @Test("ends with the points and verdicts of an undisturbed one, without a dead letter")
    func everySecond() async throws {
        let undisturbed = try run()
        let whole = try await undisturbed.explore()
        #expect(whole.status == 0, "\(whole)")
        let expected = try await undisturbed.verdicts(of: "plane")
        #expect(expected == SyntheticPlane(reach: 12).expected)

        let disturbed = try run()
        let spree = KillSpree(names: ["atmos-worker", "atmos-master", "atmos-sql-client"])
        let ended = try await disturbed.explore(started: {
            spree.begin(against: $0, most: .max, pauses: 1_000_000...1_000_000)
        })
        #expect(ended.status == 0, "seed \(spree.seed): \(ended)")
        #expect(spree.kills > 15, "seed \(spree.seed): \(spree.kills) kills")
        #expect(try await disturbed.verdicts(of: "plane") == expected, "after \(spree.kills) kills, seed \(spree.seed)")
    }
}
