import LocalStack
import Support
import TestSupport
import Testing

@testable import RunLedger

@Suite("Ledger URLs")
struct ConfigurationTests {
    @Test("a URL for TCP is parsed")
    func tcpURL_isParsed() throws {
        let configuration = try LedgerConfiguration(url: "mariadb://anna:s%40crt@db.example:3307/runs")
        #expect(configuration.user == "anna")
        #expect(configuration.host == "db.example")
        #expect(configuration.port == 3307)
        #expect(configuration.database == "runs")
        #expect(configuration.socketPath == nil)
        #expect("\(configuration)" == "mariadb://anna@db.example:3307/runs")
    }

    @Test("a URL for a Unix socket and one with an IPv6 address are parsed")
    func socketAndIPv6URLs_areParsed() throws {
        let socket = try LedgerConfiguration(url: "mariadb://root@localhost/atmos?socket=/tmp/a%20b/m.sock")
        #expect(socket.socketPath == "/tmp/a b/m.sock")
        #expect(socket.port == nil)
        let address = try LedgerConfiguration(url: "mariadb://root@[::1]:3306/atmos")
        #expect(address.host == "::1")
        #expect("\(address)" == "mariadb://root@[::1]:3306/atmos")
    }

    @Test("a server is verified if an authority is named, unless the URL says otherwise")
    func tlsOptions_decideVerification() throws {
        func tls(_ options: String) throws -> LedgerTLS? {
            try LedgerConfiguration(url: "mysql://anna@h/d\(options)").tls
        }
        #expect(try tls("") == nil)
        #expect(try tls("?ssl_mode=disabled") == nil)
        let verified = try #require(try tls("?ssl_ca=/a%20b/ca.pem"))
        #expect(verified.verifiesServer)
        #expect(verified.authority == "/a b/ca.pem")
        let bySystem = try #require(try tls("?ssl_mode=verify_identity"))
        #expect(bySystem.verifiesServer)
        #expect(bySystem.authority == nil)
        let own = try #require(try tls("?ssl_mode=required&ssl_cert=/c.pem&ssl_key=/k.pem"))
        #expect(!own.verifiesServer)
        #expect(own.certificate == "/c.pem")
        #expect(own.key == "/k.pem")
        let described = try LedgerConfiguration(url: "mysql://anna:hush@localhost/d?ssl_mode=required&socket=/s")
        #expect("\(described)" == "mysql://anna@localhost/d?socket=/s&ssl_mode=required")
    }

    @Test("timeouts come from the URL or have the documented defaults")
    func timeouts_comeFromURL() throws {
        let usual = try LedgerConfiguration(url: "mariadb://anna@h/d")
        #expect(usual.connectTimeout == .seconds(5))
        #expect(usual.readTimeout == .seconds(60))
        #expect(usual.writeTimeout == .seconds(60))
        let url = "mariadb://anna@h/d?connect_timeout=3600&read_timeout=1&write_timeout=20"
        let own = try LedgerConfiguration(url: url)
        #expect(own.connectTimeout == .seconds(3600))
        #expect(own.readTimeout == .seconds(1))
        #expect(own.writeTimeout == .seconds(20))
        #expect("\(own)" == url)
    }

    @Test("no description shows the password")
    func description_hidesPassword() throws {
        for configuration in [
            try LedgerConfiguration(url: "mariadb://anna:hush-hush@h/d"),
            try LedgerConfiguration(url: "mariadb://anna@h/d", password: "hush-hush"),
        ] {
            var dumped = ""
            dump(configuration, to: &dumped)
            for text in ["\(configuration)", String(reflecting: configuration), dumped] {
                #expect(!text.contains("hush-hush"))
            }
        }
    }

    @Test(
        "an invalid URL is refused with the right form, without quoting the URL",
        arguments: [
            ("localhost/secret-db", "lacks a scheme"),
            ("redis://u:secret@h/d", "mariadb://"),
            ("mariadb://u:secret@h", "name a database"), ("mariadb://u:secret@h/", "name a database"),
            ("mariadb://h/secret", "name a user"), ("mariadb://:secret@h/d", "name a user"),
            ("mariadb://u:secret@/d", "name a host"),
            ("mariadb://u:secret@h:0/d", "port"), ("mariadb://u:secret@h:http/d", "port"),
            ("mariadb://u:secret%zz@h/d", "broken %"), ("mariadb://u:secret@h/d?ssl=1", "'ssl'"),
            ("mariadb://u:secret@h/d?ssl_ca=", "without a value"), ("mysql://u:secret@h/d?ssl_ca=a.pem", "absolute"),
            ("mariadb://u:secret@h/d?ssl_cert=/c.pem", "together"), ("mariadb://u:secret@h/d?ssl_mode=yes", "ssl_mode"),
            ("mariadb://u:secret@h/d?ssl_mode=disabled&ssl_ca=/c.pem", "disables TLS"),
            ("mariadb://u:secret@h/d?ssl_ca=/a&ssl_ca=/b", "twice"),
            ("mariadb://u:secret@h/d?ssl_ca=/a&ssl_mode=required", "does not verify the server"),
            ("mariadb://u:secret@h/d?socket=relative", "socket"),
            ("mariadb://u:secret@h/d?socket=/s", "other than localhost"),
            ("mariadb://u:secret@h/d?connect_timeout=0", "connect_timeout that is not a whole number"),
            ("mariadb://u:secret@h/d?read_timeout=3601", "from 1 to 3600"),
            ("mariadb://u:secret@h/d?write_timeout=1.5", "write_timeout"),
            ("mariadb://u:secret@h/d?read_timeout=5s", "read_timeout"),
            ("mariadb://u:secret@h/d?read_timeout=-1", "read_timeout"),
            ("mariadb://u:secret@h/d?timeout=5", "the options are socket, ssl_ca"),
            ("mariadb://u:secret@[::1x/d", "host"),
            ("mariadb://u:secret@h/a%60b", "database"),
        ])
    func invalidURL_isRefused(url: String, reason: String) throws {
        let error = #expect(throws: LedgerError.self) { try LedgerConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("secret") == false)
    }
}

@Suite("Connecting")
struct ConnectionTests {
    @Test("a wrong password is reported with the URL but without the password")
    func wrongPassword_isReported() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        let administrator = try MariaDBConnection(LedgerConfiguration(url: url))
        try administrator.execute("DROP USER IF EXISTS password_test@localhost")
        try administrator.execute("CREATE USER password_test@localhost IDENTIFIED BY 'right-one'")
        let asUser = url.replacing("root@", with: "password_test:wrong-one@")
        let error = await #expect(throws: LedgerError.self) { try await LedgerFixture.connect(asUser) }
        #expect(error?.code == .authentication)
        #expect(error?.serverCode == 1045)
        #expect(error?.message.contains("\(url.prefix { $0 != ":" })://password_test@localhost/") == true)
        #expect(error?.message.contains("wrong-one") == false)
        #expect(error?.message.contains("the password is wrong") == true)
    }

    @Test("a user without privileges on the database is reported")
    func missingPrivileges_areReported() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        let administrator = try MariaDBConnection(LedgerConfiguration(url: url))
        try administrator.execute("DROP USER IF EXISTS rights_test@localhost")
        try administrator.execute("CREATE USER rights_test@localhost IDENTIFIED BY 'right-one'")
        let asUser = url.replacing("root@", with: "rights_test:right-one@")
        let error = await #expect(throws: LedgerError.self) { try await LedgerFixture.connect(asUser) }
        #expect(error?.code == .authentication)
        #expect(error?.message.contains("grant") == true)
    }

    @Test(
        "a missing server is reported at once",
        arguments: ["mariadb://root@localhost/d?socket=/nowhere/m.sock", "mariadb://u@127.0.0.1:1/d"])
    func missingServer_isReportedAtOnce(url: String) async throws {
        let error = await #expect(throws: LedgerError.self) { try await LedgerFixture.connect(url) }
        #expect(error?.code == .unreachable)
        #expect(error?.isOutage == true)
        #expect(error?.message.contains(url) == true)
    }

    @Test("a missing database is reported, or created on request")
    func missingDatabase_isReportedOrCreated() async throws {
        let url = try await TestMariaDB.shared().url(database: "not-there-yet-\(UInt32.random(in: 0...UInt32.max))")
        let error = await #expect(throws: LedgerError.self) { try await LedgerFixture.connect(url) }
        #expect(error?.code == .unknownDatabase)
        #expect(error?.message.contains("not-there-yet") == true)
        let ledger = try await LedgerFixture.connect(url, createDatabase: true)
        #expect(try await ledger.migrate() == Migration.newest)
    }

    @Test("a closed ledger refuses every operation")
    func closedLedger_refusesOperations() async throws {
        let fixture = try await LedgerFixture()
        await fixture.ledger.close()
        let error = await #expect(throws: LedgerError.self) {
            try await fixture.ledger.insertQueued([Sample.point(1)], into: LedgerFixture.table)
        }
        #expect(error?.code == .closed)
    }

    @Test("a ledger of withConnection is closed after success and failure", arguments: [false, true])
    func withConnection_closesLedger(fails: Bool) async throws {
        let configuration = try LedgerConfiguration(url: try await TestMariaDB.shared().makeDatabase())
        var used: RunLedger?
        let version = try? await RunLedger.withConnection(configuration, logger: .silent) { ledger in
            used = ledger
            let version = try await ledger.migrate()
            if fails { throw CancellationError() }
            return version
        }
        #expect(version == (fails ? nil : Migration.newest))
        let ledger = try #require(used)
        let error = await #expect(throws: LedgerError.self) { try await ledger.checkSchema() }
        #expect(error?.code == .closed)
    }

    @Test("a session is strict and in UTC, independent of the server's defaults")
    func session_isStrictAndUTC() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        let connection = try MariaDBConnection(LedgerConfiguration(url: url))
        let isolation: SQL = connection.dialect == .mySQL ? "@@transaction_isolation" : "@@tx_isolation"
        let row = try connection.uncached(
            "SELECT @@sql_mode, @@time_zone, @@character_set_connection, \(isolation)"
        ).rows()[0]
        #expect(row[0].textValue?.contains("STRICT_ALL_TABLES") == true)
        #expect(row[1] == .text("+00:00"))
        #expect(row[2] == .text("utf8mb4"))
        #expect(row[3] == .text("READ-COMMITTED"))
    }

    @Test("a session has none of the limits that an administrator set for users")
    func session_hasNoLimitsOfUsers() async throws {
        try await TestMariaDB.withPrivateServer { server in
            let configuration = try LedgerConfiguration(url: server.url(database: "mysql"))
            let administrator = try MariaDBConnection(configuration)
            try administrator.execute(
                """
                SET GLOBAL sql_select_limit = 1, GLOBAL max_join_size = 1, GLOBAL sql_safe_updates = 1,
                GLOBAL max_statement_time = 0.1, GLOBAL completion_type = 'RELEASE'
                """)
            let connection = try MariaDBConnection(configuration)
            let rows = try connection.transaction { try connection.uncached("SELECT 1 UNION SELECT 2").rows() }
            #expect(rows.count == 2)
            try connection.execute("CREATE TEMPORARY TABLE numbers SELECT 1 AS n UNION SELECT 2 UNION SELECT 3")
            try connection.execute("UPDATE numbers SET n = n + 1 WHERE n > 0")
            #expect(try connection.uncached("SELECT a.n FROM numbers a, numbers b").rows().count == 9)
            #expect(try connection.uncached("SELECT SLEEP(0.3)").rows() == [[.integer(0)]])
        }
    }

    @Test("a server whose messages are too short for a batch is refused with the length that is needed")
    func shortMessages_areRefused() async throws {
        try await TestMariaDB.withPrivateServer(options: ["--max-allowed-packet=524288"]) { server in
            let error = #expect(throws: LedgerError.self) {
                _ = try MariaDBConnection(LedgerConfiguration(url: server.url(database: "mysql")))
            }
            #expect(error?.code == .unsupportedServer)
            #expect(error?.message.contains("max_allowed_packet there to 1048576") == true, "\(error?.message ?? "")")
        }
    }
}

@Suite("Server dialects")
struct DialectTests {
    @Test("the kind of server is recognised, and one that is too old is refused")
    func dialect_isRecognised() {
        #expect(ServerDialect(information: "10.11.6-MariaDB-0+deb12u1", version: 10_11_06) == .mariaDB)
        #expect(ServerDialect(information: "5.5.5-10.6.12-MariaDB-log", version: 10_06_12) == .mariaDB)
        #expect(ServerDialect(information: "11.4.2-mariadb", version: 11_04_02) == .mariaDB)
        #expect(ServerDialect(information: "8.0.36", version: 8_00_36) == .mySQL)
        #expect(ServerDialect(information: "8.4.0-commercial", version: 8_04_00) == .mySQL)
        #expect(ServerDialect(information: "10.5.9-MariaDB", version: 10_05_09) == nil)
        #expect(ServerDialect(information: "5.7.44-log", version: 5_07_44) == nil)
    }

    @Test("the time limit of a query is never zero, which would mean none")
    func timeLimit_isNeverZero() {
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

    @Test("no statement uses features of only one server, or of later versions of MySQL 8")
    func statements_useCommonFeatures() throws {
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

    @Test("a batch that is executed row by row, as for MySQL, stores the same as one of arrays")
    func rowByRowBatch_storesTheSame() async throws {
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
