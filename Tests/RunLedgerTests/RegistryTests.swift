import TestSupport
import Testing

@testable import RunLedger

@Suite("The registry of explorations")
struct RegistryTests {
    @Test("a registered exploration is listed with its columns and comments")
    func registeredExploration_isListed() async throws {
        let fixture = try await LedgerFixture()
        let found = try await fixture.ledger.registered()
        #expect(found.map(\.schema) == [LedgerFixture.schema])
        let columns = try await fixture.ledger.query("SHOW FULL COLUMNS FROM test_earth")
        let comments = Dictionary(
            uniqueKeysWithValues: columns.rows.map { ($0[0].textValue ?? "", $0[8].textValue ?? "") })
        #expect(comments["CO2"] == "mixing ratio")
        #expect(comments["surface_temperature"] == "K")
        #expect(Set(comments.keys).isSuperset(of: RunColumns.all.map(\.text)))
    }

    @Test("registering the same again changes nothing, even concurrently")
    func repeatedRegistration_changesNothing() async throws {
        let fixture = try await LedgerFixture()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask { try await fixture.connectAgain().register(LedgerFixture.schema) }
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.ledger.registered().count == 1)
    }

    @Test("a new digest, definition, description and output are registered; runs stay")
    func extendedDefinition_isRegistered() async throws {
        let fixture = try await LedgerFixture()
        _ = try await fixture.ledger.insertQueued([Sample.point(1)], into: LedgerFixture.table)
        // A program that has cached the old table.
        let other = try await fixture.connectAgain()
        _ = try await other.progress(of: LedgerFixture.table)
        var grown = LedgerFixture.schema
        grown.digest = "def456"
        grown.parameters[0].description = "carbon dioxide"
        grown.outputs.append(.init(name: "albedo", description: "at the top"))
        grown.definition += "# another\n"
        #expect(try await fixture.ledger.register(LedgerFixture.schema) == .unchanged)
        #expect(try await fixture.ledger.register(grown) == .changed(from: LedgerFixture.schema))
        #expect(try await fixture.ledger.registered().map(\.schema) == [grown])
        let history = try await fixture.ledger.definitions(of: grown.name)
        #expect(history.map(\.version) == [1, 2])
        #expect(history.map(\.digest) == ["abc123", "def456"])
        #expect(history.map(\.definition) == [LedgerFixture.schema.definition, grown.definition])
        let columns = try await fixture.ledger.query("SHOW FULL COLUMNS FROM test_earth")
        #expect(columns.rows.first { $0[0] == .text("CO2") }?[8] == .text("carbon dioxide"))
        let completed = Sample.completed(1, outputs: [280, 1, 0.3])
        _ = try await fixture.ledger.recordCompleted([completed], in: LedgerFixture.table)
        let row = try await fixture.ledger.run(Sample.hash(1), in: LedgerFixture.table)
        #expect(row?.outputs.last == NamedNumber(name: "albedo", value: 0.3))
        _ = try await other.recordRunning([Sample.running(1)], in: LedgerFixture.table)
        // A program with fewer outputs can continue to write.
        _ = try await fixture.ledger.recordCompleted([Sample.completed(2)], in: LedgerFixture.table)
        let fewer = try await fixture.ledger.run(Sample.hash(2), in: LedgerFixture.table)
        #expect(fewer?.outputs.map(\.value) == [287.5, 1.013, nil])
    }

    @Test("a table is extended while others write to it, and after an interruption")
    func table_isExtendedDuringWrites() async throws {
        let fixture = try await LedgerFixture()
        let writer = try await fixture.connectAgain()
        var grown = LedgerFixture.schema
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<30 {
                    let numbers = round * 20..<round * 20 + 20
                    _ = try await writer.insertQueued(numbers.map { Sample.point($0) }, into: LedgerFixture.table)
                    _ = try await writer.recordCompleted(numbers.map { Sample.completed($0) }, in: LedgerFixture.table)
                }
            }
            for number in 0..<5 {
                grown.outputs.append(.init(name: "more_\(number)"))
                grown.digest = "version \(number)"
                try await fixture.ledger.register(grown)
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.ledger.progress(of: LedgerFixture.table) == LedgerProgress(stable: 600))
        // A program that ended between the changes of the table and of the registry.
        let connection = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        try connection.execute("ALTER TABLE test_earth ADD COLUMN late DOUBLE NULL")
        grown.outputs.append(.init(name: "late"))
        try await fixture.ledger.register(grown)
        let row = try await fixture.ledger.run(Sample.hash(1), in: LedgerFixture.table)
        #expect(row?.outputs.count == grown.outputs.count)
    }

    @Test("a definition that its caller rejects is not registered")
    func rejectedDefinition_isNotRegistered() async throws {
        let fixture = try await LedgerFixture()
        var other = LedgerFixture.schema
        other.digest = "other"
        await #expect(throws: CancellationError.self) {
            try await fixture.ledger.register(other) { registered in
                #expect(registered.schema == LedgerFixture.schema)
                throw CancellationError()
            }
        }
        #expect(try await fixture.ledger.registered().map(\.schema) == [LedgerFixture.schema])
        #expect(try await fixture.ledger.definitions(of: other.name).count == 1)
    }

    @Test("conflicting columns are refused, and every difference is shown")
    func conflictingColumns_areRefused() async throws {
        let fixture = try await LedgerFixture()
        var wanted = LedgerFixture.schema
        wanted.parameters[1].name = "N2O"
        wanted.parameters.append(.init(name: "H2"))
        wanted.outputs[0].unit = "°C"
        wanted.outputs.removeLast()
        let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.register(wanted) }
        #expect(error?.code == .schemaConflict)
        for part in [
            "parameter 2\n    was: CH4\n    now: N2O", "parameter 3\n    was: nothing\n    now: H2",
            "output 1\n    was: surface_temperature, in K\n    now: surface_temperature, in °C",
            "output 2\n    was: surface_pressure, in bar\n    now: nothing",
        ] {
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
        #expect(try await fixture.ledger.registered().map(\.schema) == [LedgerFixture.schema])
    }

    @Test("a table that belongs to another exploration or user is refused")
    func foreignTable_isRefused() async throws {
        let fixture = try await LedgerFixture()
        var other = LedgerFixture.schema
        other.name = "another"
        let taken = await #expect(throws: LedgerError.self) { try await fixture.ledger.register(other) }
        #expect(taken?.code == .schemaConflict)
        #expect(taken?.message.contains("test-earth") == true)
        let connection = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        try connection.execute("CREATE TABLE diary (day DATE)")
        other.table = "Diary"
        let foreign = await #expect(throws: LedgerError.self) { try await fixture.ledger.register(other) }
        #expect(foreign?.code == .schemaConflict)
        #expect(try await fixture.ledger.query("SHOW COLUMNS FROM diary").rows.count == 1)
    }

    @Test(
        "the ledger's tables cannot be an exploration's",
        arguments: ["explorations", "Attempts", "exploration_columns", "ledger_migrations", "LEDGER_anything"])
    func reservedTable_isRefused(table: String) async throws {
        let fixture = try await LedgerFixture(schema: nil)
        var schema = LedgerFixture.schema
        schema.table = table
        let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.register(schema) }
        #expect(error?.code == .invalidName)
    }

    @Test(
        "conflicting names of columns are refused",
        arguments: [["hash"], ["State"], ["run_time"], ["CO2", "co2"], ["surface_temperature"], []])
    func duplicateColumn_isRefused(names: [String]) async throws {
        let fixture = try await LedgerFixture(schema: nil)
        var schema = LedgerFixture.schema
        schema.parameters = names.map { .init(name: $0) }
        let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.register(schema) }
        #expect(error?.code == .invalidName)
        #expect(try await fixture.ledger.registered().isEmpty)
    }

    @Test("the next registration completes one whose table was never created")
    func interruptedRegistration_isCompleted() async throws {
        let fixture = try await LedgerFixture(schema: nil)
        let connection = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        try connection.transaction { try Registry(connection: connection).insert(LedgerFixture.schema) }
        try await fixture.ledger.register(LedgerFixture.schema)
        #expect(try await fixture.ledger.progress(of: LedgerFixture.table).total == 0)
    }

    @Test("dropping an exploration removes its runs and attempts, and keeps others")
    func drop_removesRunsAndAttempts() async throws {
        let fixture = try await LedgerFixture()
        var other = LedgerFixture.schema
        other.name = "other"
        other.table = "other"
        try await fixture.ledger.register(other)
        for table in [LedgerFixture.table, "other"] {
            _ = try await fixture.ledger.insertQueued([Sample.point(1)], into: table)
            try await fixture.ledger.recordRunning([Sample.running(1)], in: table)
        }
        try await fixture.ledger.drop(exploration: "test-earth")
        #expect(try await fixture.ledger.registered().map(\.name) == ["other"])
        #expect(try await fixture.ledger.query("SHOW TABLES LIKE 'test_earth'").rows.isEmpty)
        #expect(try await fixture.ledger.query("SELECT * FROM attempts").rows.count == 1)
        let gone = await #expect(throws: LedgerError.self) { try await fixture.ledger.drop(exploration: "test-earth") }
        #expect(gone?.code == .unknownExploration)
        let write = await #expect(throws: LedgerError.self) {
            try await fixture.ledger.insertQueued([Sample.point(1)], into: LedgerFixture.table)
        }
        #expect(write?.code == .unknownExploration)
    }

    @Test("a program continues after another one dropped and re-registered its exploration")
    func reregisteredExploration_isFound() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.ledger.recordRunning([Sample.running(1)], in: LedgerFixture.table)
        let other = try await fixture.connectAgain()
        try await other.drop(exploration: "test-earth")
        try await other.register(LedgerFixture.schema)
        try await fixture.ledger.recordRunning([Sample.running(2)], in: LedgerFixture.table)
        #expect(try await fixture.ledger.progress(of: LedgerFixture.table).running == 1)
        #expect(try await fixture.ledger.attempts(of: Sample.hash(2), in: LedgerFixture.table).count == 1)
    }
}
