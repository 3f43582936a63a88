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
    func frontier() async throws {
        let ledger = try await square().ledger
        let rows = try await ledger.query(
            "SELECT code, axis, direction, unstable_at FROM test_earth_frontier ORDER BY code, axis"
        ).rows
        // The diagonal x + y = 4 without its ends, and of those the one axis that does not leave the square.
        let inner = (0...4).flatMap { x -> [[Cell]] in
            let y = 4 - x
            return (y < 4 ? [[.text("\(x),\(y)"), .text("CH4"), .text("up"), .real(Double(y + 1))]] : [])
                + (x < 4 ? [[.text("\(x),\(y)"), .text("CO2"), .text("up"), .real(Double(x + 1))]] : [])
        }
        #expect(rows == inner)
    }

    @Test("progress, workers, errors and slowest say what was recorded")
    func others() async throws {
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
        #expect(slowest.count == 27 && slowest.first == [.real(2.5)] && slowest.last == [.real(1.5)])
    }

    @Test("are made once, made anew when they change, and go with their exploration; others' tables are left alone")
    func lifetime() async throws {
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

@Suite("Pages of points")
struct LedgerPointTests {
    @Test(
        "every point of a state is on one page, in the order of the hashes; each is found by its hash or its beginning")
    func pages() async throws {
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
        #expect(pages == 4 && found.count == 20)
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
