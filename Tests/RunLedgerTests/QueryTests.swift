import Support
import TestSupport
import Testing

@testable import RunLedger

@Suite("Users' queries")
struct QueryTests {
    private func filled() async throws -> LedgerFixture {
        let fixture = try await LedgerFixture()
        _ = try await fixture.ledger.insertQueued((0..<50).map { Sample.point($0) }, into: LedgerFixture.table)
        return fixture
    }

    @Test(
        "a statement that writes, locks or sets, or several statements, are refused",
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
            "SHOW GRANTS FOR unknown@nowhere",
        ])
    func writingStatement_isRefused(sql: String) async throws {
        let fixture = try await filled()
        let tables = try await fixture.ledger.query("SHOW TABLES")
        let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.query(sql) }
        #expect([.queryRefused, .server].contains(error?.code), "\(sql): \(error?.message ?? "")")
        #expect(try await fixture.ledger.progress(of: LedgerFixture.table) == LedgerProgress(queued: 50))
        #expect(try await fixture.ledger.query("SHOW TABLES") == tables)
    }

    @Test(
        "a statement that only reads is run",
        arguments: [
            "SELECT COUNT(*) FROM test_earth", "select 1;", " ( SELECT 1 ) ; ", "-- why\nSELECT 1", "# why\nSELECT 1",
            "/* why */ SELECT ';' AS `a;b` -- last", "WITH a AS (SELECT 1) SELECT * FROM a", "SHOW TABLES",
            "DESCRIBE test_earth", "EXPLAIN SELECT * FROM test_earth", "SELECT 'INTO OUTFILE; DROP TABLE x'",
            "SELECT \"?\"",
        ])
    func readingStatement_isRun(sql: String) async throws {
        let fixture = try await filled()
        #expect(try await !fixture.ledger.query(sql).rows.isEmpty)
    }

    @Test("a list of values is a query in MariaDB")
    func valuesStatement_isQuery() async throws {
        guard TestMariaDB.givenURL == nil else { return }
        #expect(try await !filled().ledger.query("VALUES (1, 2)").rows.isEmpty)
    }

    @Test("every kind of value keeps its type")
    func cells_keepTheirTypes() async throws {
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

    @Test("a row limit truncates and reports it, even if the query has a limit")
    func rowLimit_truncatesAndReports() async throws {
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

    @Test("the server ends a query at its time limit, and writers do not wait for it")
    func timeLimit_endsQueryAtServer() async throws {
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

    @Test("a query's side effects on its session end with it")
    func sideEffects_endWithQuery() async throws {
        let ledger = try await LedgerFixture().ledger
        _ = try await ledger.query("SELECT @x := 1, GET_LOCK('mine', 0)")
        let after = try await ledger.query("SELECT @x, GET_LOCK('mine', 30)")
        #expect(after.rows == [[.null, .integer(1)]])
        // The writers' session is not affected.
        #expect(try await ledger.query("SELECT @@time_zone").rows == [[.text("+00:00")]])
    }
}

@Suite("Users' conditions")
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
        "select the runs that they describe",
        arguments: [
            ("CO2 > 0.005", [6, 7, 8, 9]), ("co2 <= 2e-3", [1, 2]), ("CO2 = 0.003 or CO2 = .007", [3, 7]),
            ("state = 'completed' and not verdict = 'stable'", [4, 8]), ("not (CO2 < 0.003 or CO2 > 0.004)", [3, 4]),
            ("surface_temperature >= 284 and surface_temperature != 286", [4, 8]),
            ("surface_pressure is null and verdict is not null", [2, 4, 6, 8]), ("error like '%under 1'", [3]),
            ("state in ('queued', 'error') and CO2 in (0.001, 0.002, 0.003)", [1, 3]),
            ("not not CO2 = 0.001", [1]), ("worker = \"worker-1\" and CO2 < 0.004", [2, 3]),
            ("started_at >= '2023-11-14' and started_at < '2023-11-15T00:00:00Z' and verdict = 'unstable'", [4, 8]),
            ("state not in ('queued', 'completed')", [3]),
            ("CO2 = 0.001 or CO2 < 0.005 and state = 'error'", [1, 3]),
            ("not CO2 < 0.008 and not CO2 = 0.009", [8]), ("not state = 'queued' or CO2 = 0.001", [1, 2, 3, 4, 6, 8]),
        ])
    func condition_selectsMatchingRuns(text: String, expected: [Int]) async throws {
        let ledger = try await filled()
        #expect(try await numbers(ledger, RunFilter(condition: try RunCondition(text))) == expected)
    }

    @Test("combine with filters by state, verdict and time")
    func filters_combineWithCondition() async throws {
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
        "with a syntax error are refused, naming the character",
        arguments: [
            ("", 1), ("CO2", 4), ("CO2 >", 6), ("CO2 > 1 and", 12), ("(CO2 > 1", 9), ("CO2 > 1)", 8),
            ("CO2 = 'x", 7), ("CO2 = x", 7), ("1 = CO2", 1), ("CO2 is 5", 8), ("CO2 > 1; DROP TABLE test_earth", 8),
            ("CO2 > 1 -- x", 9), ("CO2 in ()", 9), ("((((CO2))))=1", 8), ("SLEEP(5) = 0", 6), ("CO2 not = 1", 9),
            ("CO2 = 1 union select 1", 9), ("`CO2` = 1", 1),
        ])
    func syntaxError_isRefusedWithPosition(text: String, position: Int) async throws {
        let error = #expect(throws: LedgerError.self) { try RunCondition(text) }
        #expect(error?.code == .invalidFilter)
        #expect(error?.message.contains("character \(position):") == true, "\(error?.message ?? "")")
    }

    @Test(
        "on unknown columns, or with values of the wrong kind, are refused",
        arguments: [
            "nothing = 1", "CO2 = '1'", "state = 1", "started_at > 'yesterday'", "started_at > '2026-02-30'",
            "hash = 'abc'", "hash < '00'", "CO2 like '%1%'", "CO2 = 1e999", "CO2 = 0x10", "CO2 = nan", "CO2 = 1.2.3",
        ])
    func mismatchedComparison_isRefused(text: String) async throws {
        let ledger = try await filled()
        let error = await #expect(throws: LedgerError.self) {
            try await ledger.runs(in: LedgerFixture.table, RunFilter(condition: try RunCondition(text)))
        }
        #expect(error?.code == .invalidFilter, "\(error?.message ?? "")")
    }

    @Test("never execute their texts")
    func text_isNeverExecuted() async throws {
        let ledger = try await filled()
        for text in ["worker = 'x'' OR ''1''=''1'", "worker = \"x' OR '1'='1\"", "error like '\\'' OR TRUE -- '"] {
            #expect(try await numbers(ledger, RunFilter(condition: RunCondition(text))).isEmpty, "\(text)")
        }
    }

    @Test("that are nested too deep are refused instead of overflowing the stack")
    func deepNesting_isRefused() throws {
        let deep = String(repeating: "(", count: 100_000) + "CO2 = 1" + String(repeating: ")", count: 100_000)
        #expect(throws: LedgerError.self) { try RunCondition(deep) }
        _ = try RunCondition(String(repeating: "not ", count: 100_000) + "CO2 = 1")
    }
}
