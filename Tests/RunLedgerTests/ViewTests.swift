import Support
import Testing

@testable import RunLedger

@Suite("Views")
struct ViewTests {
    /// A square of points, CO2 by CH4, 0…4 each, stable where the sum is at most 4.
    private func square() async throws -> LedgerFixture {
        let fixture = try await LedgerFixture()
        let places = (0..<25).map { (number: $0, x: $0 / 5, y: $0 % 5) }
        let points = places.map { place in
            QueuedPoint(
                hash: Sample.hash(place.number), code: "\(place.x),\(place.y)",
                values: [Double(place.x), Double(place.y)])
        }
        _ = try await fixture.ledger.insertQueued(points, into: LedgerFixture.table)
        let completed = places.map { Sample.completed($0.number, verdict: $0.x + $0.y <= 4 ? .stable : .unstable) }
        _ = try await fixture.ledger.recordCompleted(completed, in: LedgerFixture.table)
        try await fixture.ledger.makeViews(of: LedgerFixture.table, axes: ["CO2", "CH4"])
        return fixture
    }

    @Test("the frontier is where the next completed point along an axis is unstable")
    func frontier_listsBorderPoints() async throws {
        let ledger = try await square().ledger
        let rows = try await ledger.query(
            "SELECT code, axis, direction, unstable_at FROM test_earth_frontier ORDER BY code, axis"
        ).rows
        // The points of the diagonal x + y = 4, along the axes that do not leave the square.
        let inner = (0...4).flatMap { x -> [[Cell]] in
            let y = 4 - x
            return (y < 4 ? [[.text("\(x),\(y)"), .text("CH4"), .text("up"), .real(Double(y + 1))]] : [])
                + (x < 4 ? [[.text("\(x),\(y)"), .text("CO2"), .text("up"), .real(Double(x + 1))]] : [])
        }
        #expect(rows == inner)
    }

    @Test("progress, workers, errors and slowest show the recorded runs")
    func otherViews_showRecordedRuns() async throws {
        let fixture = try await square()
        let ledger = fixture.ledger
        _ = try await ledger.insertQueued([Sample.point(90), Sample.point(91)], into: LedgerFixture.table)
        try await ledger.recordFailures([Sample.failure(90), Sample.failure(91)], in: LedgerFixture.table)
        let progress = try await ledger.query("SELECT stable, unstable, failed, total FROM test_earth_progress").rows
        #expect(progress == [[.integer(15), .integer(10), .integer(2), .integer(27)]])
        let workers = try await ledger.query("SELECT worker, attempts, completed, failed FROM test_earth_workers").rows
        #expect(workers == [[.text("worker-1"), .integer(27), .integer(25), .integer(2)]])
        let errors = try await ledger.query("SELECT kind, message, attempts, points FROM test_earth_errors").rows
        #expect(errors == [[.text("signal"), .text("ended by signal 11 under 1"), .integer(2), .integer(2)]])
        let slowest = try await ledger.query("SELECT run_time FROM test_earth_slowest").rows
        #expect(slowest.count == 27)
        #expect(slowest.first == [.real(2.5)])
        #expect(slowest.last == [.real(1.5)])
    }

    @Test("are created once, recreated on a change, and dropped with their exploration; others' tables are kept")
    func views_followTheirExploration() async throws {
        let fixture = try await square()
        let ledger = fixture.ledger
        func made() async throws -> [[Cell]] {
            try await ledger.query("SELECT name, definition FROM ledger_views ORDER BY name").rows
        }
        let first = try await made()
        #expect(first.count == LedgerView.allCases.count)
        try await ledger.makeViews(of: LedgerFixture.table, axes: ["CO2", "CH4"])
        #expect(try await made() == first)
        try await ledger.makeViews(of: LedgerFixture.table, axes: ["CO2"])
        #expect(try await made() != first)
        await #expect(throws: LedgerError.self) { try await ledger.makeViews(of: LedgerFixture.table, axes: ["state"]) }

        var rival = LedgerFixture.schema
        rival.name = "rival"
        rival.table = "rival"
        var taker = rival
        taker.name = "rival-progress"
        taker.table = "rival_progress"
        try await ledger.register(taker)
        try await ledger.register(rival)
        try await ledger.makeViews(of: "rival", axes: ["CO2"])
        #expect(try await ledger.progress(of: "rival_progress") == LedgerProgress())
        #expect(try await ledger.query("SELECT * FROM rival_errors").rows.isEmpty)

        try await ledger.drop(exploration: "test-earth")
        let left = try await ledger.query("SHOW TABLES LIKE 'test_earth%'")
        #expect(left.rows.isEmpty)
    }
}
