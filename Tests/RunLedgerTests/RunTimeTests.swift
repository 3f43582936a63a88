import Support
import Testing

@testable import RunLedger

@Suite("How long runs take")
struct RunTimeTests {
    private let table = LedgerFixture.table

    /// Completed runs that end one after the other; the one with the number `n` takes `n` seconds.
    private func complete(_ numbers: Range<Int>, in ledger: RunLedger) async throws {
        let records = numbers.map { number in
            var record = Sample.completed(number, verdict: number % 3 == 0 ? .stable : .unstable)
            record.endedAt = 1_700_000_000_000_000 + Int64(number) * 1_000_000
            record.run.startedAt = 1_700_000_000_000_000
            return record
        }
        _ = try await ledger.recordCompleted(records, in: table)
    }

    @Test("is the mean of the last that completed, whatever else is in the ledger")
    func mean() async throws {
        let ledger = try await LedgerFixture().ledger
        #expect(try await ledger.meanRunTime(of: table) == nil)
        try await ledger.recordFailures([Sample.failure(5_000, token: 9)], in: table)
        try await ledger.recordRunning([Sample.running(5_001)], in: table)
        _ = try await ledger.insertQueued([Sample.point(5_002)], into: table)
        #expect(try await ledger.meanRunTime(of: table) == nil)
        try await complete(1..<4, in: ledger)
        #expect(try await ledger.meanRunTime(of: table) == .seconds(2))
        try await complete(4..<3_001, in: ledger)
        // The last 2,000 are those from 1,001 to 3,000.
        #expect(try await ledger.meanRunTime(of: table, timeLimit: .seconds(60)) == .seconds(2_000.5))
        let unknown = await #expect(throws: LedgerError.self) { try await ledger.meanRunTime(of: "nobody") }
        #expect(unknown?.code == .unknownExploration)
    }

    @Test("is that of a fair sample's last where there are many")
    func sample() async throws {
        let fixture = try await LedgerFixture()
        try await complete(1..<4_001, in: fixture.ledger)
        let sample = RunTimeSample(latest: 50, enough: 400)
        let mean = try #require(try await fixture.ledger.meanRunTime(of: table, sample))
        // The last 50 of the 400 to 1,600 that are looked at: those from about 3,500 on.
        #expect(mean > .seconds(3_600) && mean < .seconds(4_000), "\(mean)")
        let bound = RunTimeSample.bound(leadingZeros: 2)
        #expect(bound == [0x3F] + Array(repeating: 0xFF, count: 31))
        #expect(RunTimeSample.bound(leadingZeros: 16).prefix(3) == [0, 0, 0xFF])
        #expect(RunTimeSample.bound(leadingZeros: 0) == Array(repeating: 0xFF, count: 32))
    }
}

@Suite("Plans of statements")
struct PlanTests {
    @Test("a page of points, or a sample of runs, costs what it holds: the index of states is read from its place on")
    func indexed() async throws {
        let fixture = try await LedgerFixture()
        let table = LedgerFixture.table
        _ = try await fixture.ledger.insertQueued((0..<500).map { Sample.point($0) }, into: table)
        _ = try await fixture.ledger.recordCompleted((0..<2_000).map { Sample.completed($0) }, in: table)
        let connection = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        let runs = try RunTable(id: 1, RegisteredExploration(schema: LedgerFixture.schema, createdAt: 0))
        let source = RunTimeSample.source(in: runs)
        let middle = ParameterColumn.hash([0x80])
        for (statement, parameters) in [
            (RunLedger.page(of: runs, limit: 100), [.text("completed"), .text("stable"), middle]),
            (RunLedger.page(of: runs, limit: 100), [.text("queued"), .texts([nil]), middle]),
            ("SELECT COUNT(*) \(source)", [middle]),
            ("SELECT run_time \(source) ORDER BY ended_at DESC LIMIT 10", [middle]),
        ] as [(SQL, [ParameterColumn])] {
            let plan = try connection.prepared("EXPLAIN FORMAT = JSON \(statement)").rows(parameters)
            try #require(plan.count == 1)
            let text = plan[0].first?.textValue ?? ""
            // As MariaDB says it, and as MySQL does.
            let isRange = text.contains(#""access_type": "range""#) || text.contains(#""index_range_scan""#)
            #expect(isRange && text.contains(#""by_state""#), "\(text)")
        }
    }
}
