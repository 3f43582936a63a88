import TestSupport
import Testing

@testable import RunLedger

@Suite("A person's queries")
struct QueryTests {
    private func filled() async throws -> LedgerFixture {
        let fixture = try await LedgerFixture()
        _ = try await fixture.ledger.insertQueued((0..<50).map { Sample.point($0) }, into: LedgerFixture.table)
        return fixture
    }

    @Test(
        "whatever writes, locks, sets or is more than one statement is refused",
        arguments: [
            "DELETE FROM test_earth", "UPDATE test_earth SET state = 'error'", "INSERT INTO attempts VALUES (1)",
            "REPLACE INTO ledger_migrations VALUES (1, 'x', NOW())", "DROP TABLE test_earth", "TRUNCATE test_earth",
            "CREATE TABLE evil (a INT)", "ALTER TABLE test_earth ADD COLUMN evil INT", "GRANT ALL ON *.* TO evil",
            "SET sql_mode = ''", "SET GLOBAL read_only = 1", "SET STATEMENT sql_mode = '' FOR SELECT 1", "DO SLEEP(1)",
            "CALL evil()", "LOCK TABLES test_earth WRITE", "KILL 1", "SHUTDOWN", "HANDLER test_earth OPEN",
            "BEGIN", "COMMIT", "PREPARE s FROM 'SELECT 1'", "EXECUTE IMMEDIATE 'DROP TABLE test_earth'",
            "LOAD DATA INFILE '/etc/passwd' INTO TABLE test_earth", "OPTIMIZE TABLE test_earth", "USE mysql",
            "ANALYZE UPDATE test_earth SET state = 'error'", "FLUSH TABLES", "XA START 'x'",
            "SELECT 1; DROP TABLE test_earth", "SELECT 1; SELECT 2", ";", "", "   -- nothing\n",
            "SELECT * FROM test_earth INTO OUTFILE '/tmp/evil.txt'", "SELECT 'x' INTO DUMPFILE '/tmp/evil.txt'",
            "SELECT 1 INTO @evil", "SELECT 1 /*! INTO OUTFILE '/tmp/evil.txt' */", "/*! DELETE */ FROM test_earth",
            "/*!50000 DROP TABLE test_earth */", "/*M! DROP TABLE test_earth */", "(DELETE FROM test_earth)",
            "EXPLAIN FORMAT=JSON DELETE FROM nowhere", "SELECT ?", "SELEC 1", "SELECT * FROM nowhere", "SELECT nothing",
            "INSERT INTO ledger_migrations VALUES (9, 'x', NOW()) RETURNING version",
            "WITH a AS (SELECT 1) DELETE FROM a",
            "SHOW GRANTS FOR nobody@nowhere",
        ])
    func refused(sql: String) async throws {
        let fixture = try await filled()
        let tables = try await fixture.ledger.query("SHOW TABLES")
        let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.query(sql) }
        #expect([.queryRefused, .server].contains(error?.code), "\(sql): \(error?.message ?? "")")
        #expect(try await fixture.ledger.progress(of: LedgerFixture.table) == LedgerProgress(queued: 50))
        #expect(try await fixture.ledger.query("SHOW TABLES") == tables)
    }

    @Test(
        "whatever only reads is run",
        arguments: [
            "SELECT COUNT(*) FROM test_earth", "select 1;", " ( SELECT 1 ) ; ", "-- why\nSELECT 1", "# why\nSELECT 1",
            "/* why */ SELECT ';' AS `a;b` -- last", "WITH a AS (SELECT 1) SELECT * FROM a", "SHOW TABLES",
            "DESCRIBE test_earth", "EXPLAIN SELECT * FROM test_earth", "SELECT 'INTO OUTFILE; DROP TABLE x'",
            "SELECT \"?\"",
        ])
    func allowed(sql: String) async throws {
        let fixture = try await filled()
        #expect(try await !fixture.ledger.query(sql).rows.isEmpty)
    }

    @Test("a list of values alone is a query, in MariaDB's words")
    func values() async throws {
        guard TestMariaDB.givenURL == nil else { return }
        #expect(try await !filled().ledger.query("VALUES (1, 2)").rows.isEmpty)
    }

    @Test("every kind of value arrives as what it is")
    func types() async throws {
        let fixture = try await LedgerFixture()
        let result = try await fixture.ledger.query(
            """
            SELECT NULL AS n, -5 AS i, 18446744073709551615 AS u, 1.5e-300 AS r, 1.10 AS d, 'ä😀' AS t, x'00FF' AS b,
            TIMESTAMP '2026-01-31 12:34:56.000007' AS w, DATE '2026-01-31' AS y, REPEAT('é', 5000) AS l, TRUE AS f,
            SUM(1) AS s, CAST(0.5 AS FLOAT) AS h
            """)
        #expect(
            result.rows[0] == [
                .null, .integer(-5), .unsigned(.max), .real(1.5e-300), .decimal("1.10"), .text("ä😀"), .bytes([0, 255]),
                .text("2026-01-31 12:34:56.000007"), .text("2026-01-31"), .text(String(repeating: "é", count: 5000)),
                .integer(1), .decimal("1"), .real(0.5),
            ])
        #expect(result.columns.map(\.name).joined() == "niurdtbwylfsh")
        #expect(
            result.columns.dropFirst().map(\.kind) == [
                .integer, .integer, .real, .decimal, .text, .bytes, .time, .time, .text, .integer, .decimal, .real,
            ])
        #expect(!result.isTruncated)
    }

    @Test("a row limit cuts and says so, also where the query has a limit of its own")
    func rowLimit() async throws {
        let ledger = try await filled().ledger
        for (sql, limit, count, isTruncated) in [
            ("SELECT code FROM test_earth", 10, 10, true), ("SELECT code FROM test_earth LIMIT 40", 10, 10, true),
            ("SELECT code FROM test_earth", 50, 50, false), ("SELECT code FROM test_earth", 0, 0, true),
            ("SELECT a.code FROM test_earth a, test_earth b, test_earth c, test_earth d", 100, 100, true),
        ] {
            let result = try await ledger.query(sql, rowLimit: limit)
            #expect(result.rows.count == count)
            #expect(result.isTruncated == isTruncated)
        }
    }

    @Test("a time limit ends a query at the server, and writers do not wait for it")
    func timeLimit() async throws {
        let fixture = try await filled()
        async let slow = fixture.ledger.query(
            """
            SELECT SUM(a.CO2 * f.CO2)
            FROM test_earth a, test_earth b, test_earth c, test_earth d, test_earth e, test_earth f
            """,
            timeLimit: .milliseconds(300))
        _ = try await fixture.ledger.insertQueued([Sample.point(99)], into: LedgerFixture.table)
        do {
            _ = try await slow
            Issue.record("the query was not ended")
        } catch let error as LedgerError {
            #expect(error.code == .queryTimeout, "\(error)")
        }
    }

    @Test("what a query does to its session ends with it")
    func sessionEnds() async throws {
        let ledger = try await LedgerFixture().ledger
        _ = try await ledger.query("SELECT @x := 1, GET_LOCK('mine', 0)")
        let after = try await ledger.query("SELECT @x, GET_LOCK('mine', 30)")
        #expect(after.rows == [[.null, .integer(1)]])
        // The writers' session cannot be reached from here: its settings are as they were.
        #expect(try await ledger.query("SELECT @@time_zone").rows == [[.text("+00:00")]])
    }
}
