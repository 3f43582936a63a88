import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("Dead letters at the command line", .timeLimit(.minutes(15)))
struct DeadLetterTests {
    @Test("are listed, shown, retried and dropped; a retried point's verdict replaces its error in the ledger")
    func deadLetters_areListedRetriedAndDropped() async throws {
        let run = try ExplorationFixture(
            """
            name: broken
            parameters:
              - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: -1, maximum: 1}}
            model: {adapter: command, command: [./model.sh]}
            run: {attempts: 1, lease_seconds: 5}
            """,
            files: [
                "model.sh": """
                #!/bin/sh
                # Two of the three points fail until the file `fixed` is there.
                if [ ! -e "$(dirname "$0")/fixed" ] && ! grep -q '"x" *: *0' point.json; then
                    echo 'no sun today' >&2
                    exit 3
                fi
                echo '{"verdict": "stable", "outputs": {}}' > result.json

                """
            ])
        #expect(try await run.explore().status == 1)
        let listed = try await run.command("dead", "list")
        #expect(listed.status == 0, "\(listed)")
        #expect(listed.output.contains("main"), "\(listed)")
        #expect(listed.output.contains("exit"), "\(listed)")
        let json = try await run.command("dead", "list", "--json")
        let letters = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]], "\(json)")
        #expect(letters.count == 2)
        let ids = letters.compactMap { $0["id"] as? String }
        let shown = try await run.command("dead", "show", String(ids[0].prefix(12)))
        #expect(shown.status == 0, "\(shown)")
        #expect(shown.output.contains(ids[0]), "\(shown)")
        #expect(shown.output.contains("1 failures"), "\(shown)")

        for wrong in [
            ["show"], ["retry"], ["drop"], ["retry", "abc"], ["list", "--queue", "("], ["list", "--limit", "0"],
        ] {
            #expect(try await run.command(["dead"] + wrong).status == 64, "\(wrong)")
        }
        #expect(try await run.command("dead", "retry", "0123456789abcdef").status == 78)
        #expect(try await run.command("dead", "list", "--queue", "nowhere").status == 78)
        let unconfirmed = try await run.command("dead", "drop", ids[1])
        #expect(unconfirmed.status == 78, "\(unconfirmed)")
        #expect(unconfirmed.errors.contains("not confirmed"), "\(unconfirmed)")
        let none = try await run.command("dead", "drop", "--all", "--error-contains", "nothing like it", "--yes")
        #expect(none.output.contains("no such dead letters"), "\(none)")
        let dropped = try await run.command("dead", "drop", ids[1], "--yes")
        #expect(dropped.output.contains("1 dead letter deleted"), "\(dropped)")

        let both = try await run.command("retry", ids[0], "--state", "error")
        #expect(both.status == 64, "\(both)")
        #expect(both.errors.contains("select either runs"), "\(both)")
        let dry = try await run.command("retry", String(ids[0].prefix(12)), "--dry-run")
        #expect(dry.output == "retry    \(ids[0]) in main\n", "\(dry)")
        try run.scratch.write("", to: "fixed")
        let retried = try await run.command("dead", "retry", "--all", "--error-contains", "EXIT", "--older-than", "0s")
        #expect(retried.output.contains("1 job is ready again"), "\(retried)")
        let again = try await run.explore()
        let completed = try await run.command(
            "query", "--format", "csv", "SELECT COUNT(*) AS n FROM broken WHERE state = 'completed'")
        #expect(completed.output == "n\n2\n", "\(completed) after \(again)")
        #expect(try await run.command("dead", "list").output.contains("no such dead letters"))
    }

    @Test("belong to queues that can be reported, checked, paused, drained, stopped, resumed, limited and purged")
    func queues_areReportedAndControlled() async throws {
        let run = try ExplorationFixture(SyntheticPlane(reach: 2).yaml)
        #expect(try await run.explore().status == 0)
        let report = try await run.command("queues")
        #expect(report.status == 0, "\(report)")
        #expect(report.output.contains("complete0_sql"), "\(report)")
        let json = try await run.command("queues", "--json", "--leases", "main")
        #expect(json.status == 0, "\(json)")
        #expect(json.output.contains("\"lastHour\""), "\(json)")
        let check = try await run.command("queues", "check")
        #expect(check.status == 0, "\(check)")
        #expect(check.output.contains("main: 0 jobs, no damage"), "\(check)")
        for flag in ["--repair", "--mend"] {
            #expect(try await run.command("queues", "check", flag).status == 0, "\(flag)")
        }
        #expect(try await run.command("queues", "pause", "main").output.contains("main set to pause"))
        #expect(try await run.command("queues").output.contains("main: set to pause"))
        #expect(try await run.command("queues", "resume").output.contains("all queues set to run"))
        for (command, state) in [("drain", "drain"), ("stop", "stop"), ("resume", "run")] {
            let ended = try await run.command("queues", command, "main", "explore")
            #expect(ended.output.contains("main, explore set to \(state)"), "\(ended)")
        }
        #expect(try await run.command("queues", "limit", "main", "10").output.contains("fewer than 10"))
        #expect(try await run.command("queues").output.contains("main: accepts new jobs up to 10"))
        #expect(try await run.command("queues", "limit", "main", "--none").output.contains("any number"))
        for wrong in [["main"], ["main", "--", "-1"], ["main", "5", "--none"], ["main", "many"], ["nowhere", "5"]] {
            #expect(try await run.command(["queues", "limit"] + wrong).status == 64, "\(wrong)")
        }
        let purge = try await run.command("queues", "purge", "main", "--yes")
        #expect(purge.status == 0, "\(purge)")
        #expect(purge.output.contains("0 jobs of main deleted"), "\(purge)")
        #expect(try await run.command("queues", "purge", "nowhere").status == 64)
    }
}
