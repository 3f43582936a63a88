import TestSupport
import Testing

@testable import RunLedger

@Suite("The dialects of the servers")
struct DialectTests {
    @Test("a server is known by what it says of itself, and too old a one is refused")
    func known() {
        #expect(ServerDialect(information: "10.11.6-MariaDB-0+deb12u1", version: 10_11_06) == .mariaDB)
        #expect(ServerDialect(information: "5.5.5-10.6.12-MariaDB-log", version: 10_06_12) == .mariaDB)
        #expect(ServerDialect(information: "11.4.2-mariadb", version: 11_04_02) == .mariaDB)
        #expect(ServerDialect(information: "8.0.36", version: 8_00_36) == .mySQL)
        #expect(ServerDialect(information: "8.4.0-commercial", version: 8_04_00) == .mySQL)
        #expect(ServerDialect(information: "10.5.9-MariaDB", version: 10_05_09) == nil)
        #expect(ServerDialect(information: "5.7.44-log", version: 5_07_44) == nil)
    }

    @Test("the time limit of a query is never zero, which would mean none")
    func timeLimit() {
        let limits: [(Duration, String, String)] = [
            (.seconds(90), "max_statement_time = 90000000 / 1000000", "max_execution_time = 90000"),
            (.microseconds(1_500), "max_statement_time = 1500 / 1000000", "max_execution_time = 2"),
            (.zero, "max_statement_time = 1 / 1000000", "max_execution_time = 1"),
        ]
        for (limit, mariaDB, mySQL) in limits {
            #expect(ServerDialect.mariaDB.limitQueries(to: limit).text == "SET SESSION \(mariaDB)")
            #expect(ServerDialect.mySQL.limitQueries(to: limit).text == "SET SESSION \(mySQL)")
        }
    }

    @Test("no statement uses what only one of the servers understands, or only a later version of MySQL 8")
    func common() throws {
        let schema = LedgerFixture.schema
        let table = try RunTable(id: 1, RegisteredExploration(schema: schema, createdAt: 0))
        let runs = RunStatements(table)
        let builder = try TableBuilder(schema) { QuotedText(literal: "'\($0)'") }
        let all =
            [
                runs.insert, runs.fill, runs.running, runs.failed, runs.exhausted, runs.completed, builder.create,
                AttemptStatements.running, AttemptStatements.failed, AttemptStatements.completed,
                RunReader(table).run, RunReader(table).attempts, RunLedger.page(of: table, limit: 1),
                RunTimeSample.source(in: table),
            ] + LedgerView.allCases.compactMap(ViewStatements(table: table, axes: table.parameters).select)
            + builder.changes(columns: ["co2"], unchanged: []) + Migration.all.flatMap(\.statements)
        for statement in all {
            for word in [
                "RETURNING", "ADD COLUMN IF", "ADD KEY IF", " AS new", "SET STATEMENT", "SEQUENCE", "PERSISTENT",
                "AS DOUBLE)", "INTERSECT", "EXCEPT", "UUID", "JSON", "MEDIAN", "COLUMN_GET", "FETCH FIRST", "DEFAULT (",
            ] {
                #expect(!statement.text.contains(word), "\(statement.text)")
            }
        }
    }

    @Test("a batch that is executed row by row, as for MySQL, stores what one of arrays does")
    func rowByRow() async throws {
        let fixture = try await LedgerFixture()
        let connection = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        let table = try RunTable(id: 1, RegisteredExploration(schema: LedgerFixture.schema, createdAt: 0))
        let points = (0..<50).map { Sample.point($0, parent: $0 % 2 == 0 ? nil : Sample.hash($0 / 2)) }
        try connection.transaction {
            try connection.uncached(RunStatements(table).insert, in: .mySQL).execute(batch: [
                .hashes(points.map(\.hash)), .texts(points.map(\.code)), .doubles(points.map { $0.values[0] }),
                .doubles(points.map { $0.values[1] }), .bytes(points.map(\.parent)),
            ])
        }
        let again = try await fixture.ledger.insertQueued(points, into: LedgerFixture.table)
        #expect(again.outcomes == Array(repeating: .known(.queued), count: 50))
        let row = try await fixture.ledger.run(Sample.hash(7), in: LedgerFixture.table)
        #expect(row?.parent == Sample.hash(3))
        #expect(row?.parameters.map(\.value) == [0.007, 1.63e-6])
    }
}
