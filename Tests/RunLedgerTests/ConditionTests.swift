import Support
import Testing

@testable import RunLedger

@Suite("Conditions that people write")
struct ConditionTests {
    /// Runs 1…9 with CO2 = n/1000; the even ones are completed, 4 and 8 unstable; 3 has failed.
    private func filled() async throws -> RunLedger {
        let ledger = try await LedgerFixture().ledger
        _ = try await ledger.insertQueued((1...9).map { Sample.point($0) }, into: LedgerFixture.table)
        let completed = [2, 4, 6, 8].map {
            Sample.completed($0, verdict: $0 % 4 == 0 ? .unstable : .stable, outputs: [Double(280 + $0), nil])
        }
        _ = try await ledger.recordCompleted(completed, in: LedgerFixture.table)
        try await ledger.recordFailures([Sample.failure(3)], in: LedgerFixture.table)
        return ledger
    }

    private func numbers(_ ledger: RunLedger, _ filter: RunFilter) async throws -> [Int] {
        let stream = try await ledger.runs(
            in: LedgerFixture.table, filter, columns: ["CO2"], order: [RunOrder(column: "co2")])
        return try await stream.next().map { Int(($0[0].realValue! * 1000).rounded()) }
    }

    @Test(
        "mean what they say",
        arguments: [
            ("CO2 > 0.005", [6, 7, 8, 9]), ("co2 <= 2e-3", [1, 2]), ("CO2 = 0.003 or CO2 = .007", [3, 7]),
            ("state = 'completed' and not verdict = 'stable'", [4, 8]), ("not (CO2 < 0.003 or CO2 > 0.004)", [3, 4]),
            ("surface_temperature >= 284 and surface_temperature != 286", [4, 8]),
            ("surface_pressure is null and verdict is not null", [2, 4, 6, 8]), ("error like '%under 1'", [3]),
            ("state in ('queued', 'error') and CO2 in (0.001, 0.002, 0.003)", [1, 3]),
            ("not not CO2 = 0.001", [1]), ("worker = \"worker-1\" and CO2 < 0.004", [2, 3]),
            ("started_at >= '2023-11-14' and started_at < '2023-11-15T00:00:00Z' and verdict = 'unstable'", [4, 8]),
            ("state not in ('queued', 'completed')", [3]),
        ])
    func meaning(text: String, expected: [Int]) async throws {
        let ledger = try await filled()
        #expect(try await numbers(ledger, RunFilter(condition: try RunCondition(text))) == expected)
    }

    @Test("filters by state, verdict and time go together with them")
    func filters() async throws {
        let ledger = try await filled()
        #expect(try await numbers(ledger, RunFilter(states: [.error, .queued])) == [1, 3, 5, 7, 9])
        #expect(try await numbers(ledger, RunFilter(verdicts: [.unstable])) == [4, 8])
        #expect(try await numbers(ledger, RunFilter(since: .seconds(60))) == [1, 5, 7, 9])
        #expect(
            try await numbers(
                ledger, RunFilter(states: [.completed], condition: RunCondition("CO2 < 0.005"))) == [2, 4])
        let all = try await ledger.runs(in: LedgerFixture.table, limit: 4)
        #expect(try await all.next().count == 4)
        #expect(try await all.next().isEmpty)
        #expect(await all.isTruncated)
    }

    @Test(
        "that are wrong are refused, with the character where",
        arguments: [
            ("", 1), ("CO2", 4), ("CO2 >", 6), ("CO2 > 1 and", 12), ("(CO2 > 1", 9), ("CO2 > 1)", 8),
            ("CO2 = 'x", 7), ("CO2 = x", 7), ("1 = CO2", 1), ("CO2 is 5", 8), ("CO2 > 1; DROP TABLE test_earth", 8),
            ("CO2 > 1 -- x", 9), ("CO2 in ()", 9), ("((((CO2))))=1", 8), ("SLEEP(5) = 0", 6), ("CO2 not = 1", 9),
            ("CO2 = 1 union select 1", 9), ("`CO2` = 1", 1),
        ])
    func wrong(text: String, position: Int) async throws {
        let error = #expect(throws: LedgerError.self) { try RunCondition(text) }
        #expect(error?.code == .invalidFilter)
        #expect(error?.message.contains("character \(position):") == true, "\(error?.message ?? "")")
    }

    @Test(
        "on columns that there are none of, or with values of another kind, are refused",
        arguments: [
            "nothing = 1", "CO2 = '1'", "state = 1", "started_at > 'yesterday'", "started_at > '2026-02-30'",
            "hash = 'abc'", "hash < '00'", "CO2 like '%1%'", "CO2 = 1e999", "CO2 = 0x10", "CO2 = nan", "CO2 = 1.2.3",
        ])
    func mismatched(text: String) async throws {
        let ledger = try await filled()
        let error = await #expect(throws: LedgerError.self) {
            try await ledger.runs(in: LedgerFixture.table, RunFilter(condition: try RunCondition(text)))
        }
        #expect(error?.code == .invalidFilter, "\(error?.message ?? "")")
    }

    @Test("texts in them are compared, never run")
    func injection() async throws {
        let ledger = try await filled()
        for text in ["worker = 'x'' OR ''1''=''1'", "worker = \"x' OR '1'='1\"", "error like '\\'' OR TRUE -- '"] {
            guard let condition = try? RunCondition(text) else { continue }
            #expect(try await numbers(ledger, RunFilter(condition: condition)).isEmpty, "\(text)")
        }
    }

    @Test("nested deeper than anybody would are refused instead of using up the stack")
    func deep() throws {
        let deep = String(repeating: "(", count: 100_000) + "CO2 = 1" + String(repeating: ")", count: 100_000)
        #expect(throws: LedgerError.self) { try RunCondition(deep) }
        _ = try RunCondition(String(repeating: "not ", count: 100_000) + "CO2 = 1")
    }
}
