import Support
import Testing

@testable import RunLedger

@Suite("The mean run time")
struct RunTimeTests {
    private let table = LedgerFixture.table

    /// Records completed runs that end one after the other; the run with the number `n` takes `n` seconds.
    private func complete(_ numbers: Range<Int>, in ledger: RunLedger) async throws {
        let records = numbers.map { number in
            var record = Sample.completed(number, verdict: number % 3 == 0 ? .stable : .unstable)
            record.endedAt = 1_700_000_000_000_000 + Int64(number) * 1_000_000
            record.attempt.startedAt = 1_700_000_000_000_000
            return record
        }
        _ = try await ledger.recordCompleted(records, in: table)
    }

    @Test("is over the last completed runs, ignoring everything else in the ledger")
    func meanRunTime_isOverLastRuns() async throws {
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
        let unknown = await #expect(throws: LedgerError.self) { try await ledger.meanRunTime(of: "unknown") }
        #expect(unknown?.code == .unknownExploration)
    }

    @Test("is over a fair sample's last runs if there are many")
    func meanRunTime_isOverSample() async throws {
        let fixture = try await LedgerFixture()
        try await complete(1..<4_001, in: fixture.ledger)
        let sample = RunTimeSample(latest: 50, minSize: 400)
        let mean = try #require(try await fixture.ledger.meanRunTime(of: table, sample))
        // The last 50 of the 400 to 1,600 runs in the sample: those from about 3,500 on.
        #expect(mean > .seconds(3_600))
        #expect(mean < .seconds(4_000))
        let bound = RunTimeSample.bound(leadingZeros: 2)
        #expect(bound == [0x3F] + Array(repeating: 0xFF, count: 31))
        #expect(RunTimeSample.bound(leadingZeros: 16).prefix(3) == [0, 0, 0xFF])
        #expect(RunTimeSample.bound(leadingZeros: 0) == Array(repeating: 0xFF, count: 32))
    }
}

@Suite("Query plans")
struct PlanTests {
    @Test("a page of points and a sample of runs read only their range of the index of states")
    func pagesAndSamples_readIndexRange() async throws {
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
            // In MariaDB's words, and in MySQL's.
            let isRange = text.contains(#""access_type": "range""#) || text.contains(#""index_range_scan""#)
            #expect(isRange, "\(text)")
            #expect(text.contains(#""by_state""#), "\(text)")
        }
    }
}

@Suite("Pages of points")
struct LedgerPointTests {
    @Test(
        "every point of a state is on one page, sorted by hash; each is found by its hash or a prefix")
    func pages_containEveryPoint() async throws {
        let ledger = try await LedgerFixture().ledger
        let table = LedgerFixture.table
        _ = try await ledger.insertQueued((0..<50).map { Sample.point($0) }, into: table)
        _ = try await ledger.recordCompleted((0..<20).map { Sample.completed($0) }, in: table)
        try await ledger.recordFailures([Sample.failure(30), Sample.failure(31)], in: table)
        try await ledger.recordExhausted([Sample.exhausted(31)], in: table)
        var found: [LedgerPoint] = []
        var pages = 0
        while case let page = try await ledger.points(
            in: table, state: .completed, verdict: .stable, after: found.last?.hash, limit: 6), !page.isEmpty
        {
            found += page
            pages += 1
        }
        #expect(pages == 4)
        #expect(found.count == 20)
        #expect(Set(found.map(\.hash)) == Set((0..<20).map { Sample.hash($0) }))
        #expect(try await ledger.points(in: table, state: .queued, limit: 100).count == 28)
        let errors = try await ledger.points([Sample.hash(30), Sample.hash(31), Sample.hash(99)], in: table)
        #expect(errors.map { $0?.isGivenUp } == [false, true, nil])
        let hex = Sample.hash(7).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(
            try await ledger.hashes(beginning: String(hex.prefix(11)).uppercased(), in: table, limit: 5) == [
                Sample.hash(7)
            ])
        #expect(try await ledger.hashes(beginning: "", in: table, limit: 5).isEmpty)
        #expect(try await ledger.hashes(beginning: "xyz", in: table, limit: 5).isEmpty)
    }
}

@Suite("Reads for analyses")
struct AnalysisTests {
    private let table = LedgerFixture.table

    /// Runs 1…9 with CO2 = n/1000; the even ones are completed, 4 and 8 unstable; 3 and 5 have failed.
    private func filled() async throws -> RunLedger {
        let ledger = try await LedgerFixture().ledger
        _ = try await ledger.insertQueued((1...9).map { Sample.point($0) }, into: table)
        let completed = [2, 4, 6, 8].map { number in
            var record = Sample.completed(
                number, verdict: number % 4 == 0 ? .unstable : .stable, outputs: [Double(280 + number), nil])
            record.endedAt += Int64(number)
            return record
        }
        _ = try await ledger.recordCompleted(completed, in: table)
        try await ledger.recordFailures([Sample.failure(3), Sample.failure(5)], in: table)
        return ledger
    }

    @Test("completed runs are read with their code, verdict and chosen values, sorted by these")
    func completedRuns_areRead() async throws {
        let ledger = try await filled()
        var found: [CompletedRun] = []
        try await ledger.forEachCompletedRun(
            of: table, columns: ["CO2", "surface_pressure"], sorted: true, withCode: true
        ) { found.append($0) }
        #expect(found.map(\.code) == ["0.2,1.63e-6", "0.4,1.63e-6", "0.6,1.63e-6", "0.8,1.63e-6"])
        #expect(found.map(\.verdict) == [.stable, .unstable, .stable, .unstable])
        #expect(found.map(\.values) == [[0.002, nil], [0.004, nil], [0.006, nil], [0.008, nil]])
        var count = 0
        try await ledger.forEachCompletedRun(of: table) { run in
            #expect(run.code == nil)
            #expect(run.values.isEmpty)
            count += 1
        }
        #expect(count == 4)
    }

    @Test("an unknown column or table is refused, and an attack by a name is never executed")
    func unknownNames_areRefused() async throws {
        let ledger = try await filled()
        for name in ["nothing", "CO2`; DROP TABLE test_earth; --", "CO2` FROM test_earth --", "1"] {
            let read = await #expect(throws: LedgerError.self) {
                try await ledger.forEachCompletedRun(of: table, columns: [name]) { _ in }
            }
            #expect(read?.code == .invalidFilter)
            let counted = await #expect(throws: LedgerError.self) {
                try await ledger.distinctValueCounts(of: [name], in: table)
            }
            #expect(counted?.code == .invalidFilter)
            let projected = await #expect(throws: LedgerError.self) {
                try await ledger.projection(of: table, onto: "CO2", "CH4", mean: name)
            }
            #expect(projected?.code == .invalidFilter)
            let errors = await #expect(throws: LedgerError.self) { try await ledger.frequentErrors(of: name, limit: 1) }
            #expect(errors?.code == .unknownExploration)
        }
        #expect(try await ledger.progress(of: table).total == 9)
    }

    @Test("different values are counted for completed runs, and points are projected onto two parameters")
    func valuesAndProjection_areRead() async throws {
        let ledger = try await filled()
        #expect(try await ledger.distinctValueCounts(of: ["CO2", "CH4"], in: table) == [4, 1])
        let points = try await ledger.projection(of: table, onto: "CH4", "CO2", mean: "surface_temperature")
        #expect(points.count == 6)
        let byValue = Dictionary(uniqueKeysWithValues: points.map { ($0.y, $0) })
        #expect(byValue[0.002] == ProjectedPoint(x: 1.63e-6, y: 0.002, stable: 1, unstable: 0, mean: 282))
        #expect(byValue[0.004] == ProjectedPoint(x: 1.63e-6, y: 0.004, stable: 0, unstable: 1, mean: nil))
        #expect(byValue[0.003] == ProjectedPoint(x: 1.63e-6, y: 0.003, stable: 0, unstable: 0, mean: nil))
        #expect(try await ledger.projection(of: table, onto: "CO2", "CH4").allSatisfy { $0.mean == nil })
    }

    @Test("the builds that gave the verdicts are counted, not those of failures")
    func modelBuilds_areCounted() async throws {
        let ledger = try await filled()
        let builds = try await ledger.modelBuilds(of: table)
        let sample = Sample.completed(0).attempt
        #expect(builds.map(\.model) == [sample.model])
        #expect(builds.map(\.version) == [sample.modelVersion])
        var other = Sample.completed(4_000)
        other.attempt.modelVersion = "another"
        _ = try await ledger.recordCompleted([other], in: table)
        #expect(try await ledger.modelBuilds(of: table).map(\.count) == [builds[0].count, 1])
    }

    @Test("frequent errors, the ends of the latest runs, and insertion times are read")
    func errorsAndTimes_areRead() async throws {
        let ledger = try await filled()
        try await ledger.recordFailures([Sample.failure(7, token: 2)], in: table)
        #expect(
            try await ledger.frequentErrors(of: table, limit: 5) == [
                ErrorCount(error: "ended by signal 11 under 1", count: 2),
                ErrorCount(error: "ended by signal 11 under 2", count: 1),
            ])
        #expect(try await ledger.frequentErrors(of: table, limit: 1).map(\.count) == [2])
        let end: Int64 = 1_700_000_002_500_001
        #expect(try await ledger.latestCompletionTimes(of: table, limit: 3) == [end + 8, end + 6, end + 4])
        var times: [Int64] = []
        try await ledger.forEachInsertionTime(of: table, after: 0) { times.append($0) }
        #expect(times.count == 9)
        let last = try #require(times.max())
        try await ledger.forEachInsertionTime(of: table, after: last) { times.append($0) }
        #expect(times.count == 9)
    }
}
