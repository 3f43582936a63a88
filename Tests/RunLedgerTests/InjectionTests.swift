import TestSupport
import Testing

@testable import RunLedger

/// Texts that would do harm as part of a statement.
private let attacks = [
    "'; DROP TABLE explorations; --", "\\'; DROP TABLE explorations; #", "\"; DROP TABLE explorations; --",
    "`; DROP TABLE explorations; --", "` DOUBLE, `x", "') ON DUPLICATE KEY UPDATE state='completed' --", "%s %n ?",
    "/*! DROP TABLE explorations */", "\0'; DROP TABLE explorations; --", "\u{1A}\\", "\\", "'", "¿' OR '1'='1",
    "\u{FFFD}\u{10FFFF}' 😀 --\n",
]

@Suite("SQL injection")
struct InjectionTests {
    private let table = LedgerFixture.table

    @Test("names of tables and columns are refused", arguments: attacks)
    func attack_isRefusedAsName(attack: String) async throws {
        let fixture = try await LedgerFixture()
        var schemas = Array(repeating: LedgerFixture.schema, count: 3)
        schemas[0].table = attack
        schemas[1].parameters[0].name = attack
        schemas[2].outputs[1].name = attack
        for var schema in schemas {
            schema.name = "attack"
            let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.register(schema) }
            #expect(error?.code == .invalidName)
        }
        let read = await #expect(throws: LedgerError.self) { try await fixture.ledger.progress(of: attack) }
        #expect(read?.code == .unknownExploration)
        #expect(try await fixture.ledger.registered().map(\.schema) == [LedgerFixture.schema])
    }

    @Test("the descriptions of an exploration are stored unchanged")
    func descriptions_areStoredUnchanged() async throws {
        let fixture = try await LedgerFixture(schema: nil)
        for (number, attack) in attacks.enumerated() {
            let schema = ExplorationSchema(
                name: attack, table: "t\(number)",
                parameters: [.init(name: "CO2", unit: attack, description: attack)],
                outputs: [.init(name: "out", unit: attack, description: attack)], digest: attack, definition: attack)
            try await fixture.ledger.register(schema)
            #expect(try await fixture.ledger.registered().contains { $0.schema == schema })
            let columns = try await fixture.ledger.query("SHOW FULL COLUMNS FROM t\(number)")
            let comment = columns.rows.first { $0[0] == .text("CO2") }?[8]
            // The server's catalogue loses characters beyond the basic plane.
            if attack.unicodeScalars.allSatisfy({ $0.value < 0x1_0000 }) {
                #expect(comment == .text("\(attack), \(attack)"))
            }
        }
        #expect(try await fixture.ledger.registered().count == attacks.count)
    }

    @Test("every text of a record is stored unchanged")
    func recordTexts_areStoredUnchanged() async throws {
        let ledger = try await LedgerFixture().ledger
        for (number, attack) in attacks.enumerated() {
            var point = Sample.point(number)
            point.code = attack
            _ = try await ledger.insertQueued([point], into: table)
            var run = Sample.running(number)
            run.worker = attack
            run.host = attack
            run.model = attack
            run.modelVersion = attack
            run.pod = attack
            run.node = attack
            run.explorationDigest = attack
            run.softwareVersion = attack
            try await ledger.recordRunning([run], in: table)
            let failure = FailureRecord(
                attempt: run, endedAt: 1, kind: attack, message: attack, logTail: attack, exitStatus: attack)
            try await ledger.recordFailures([failure], in: table)
            try await ledger.recordExhausted([.init(hash: run.hash, token: 1, message: attack)], in: table)
            let failed = try #require(try await ledger.run(run.hash, in: table))
            #expect(failed.code == attack)
            #expect(
                [failed.worker, failed.model, failed.modelVersion, failed.error, failed.message].allSatisfy {
                    $0 == attack
                })
            let attempt = try #require(try await ledger.attempts(of: run.hash, in: table).first)
            #expect(
                [
                    attempt.worker, attempt.host, attempt.kind, attempt.message, attempt.logTail, attempt.exitStatus,
                    attempt.pod, attempt.node, attempt.explorationDigest, attempt.softwareVersion,
                ].allSatisfy { $0 == attack })
            var completed = Sample.completed(number)
            completed.message = attack
            completed.artifact = attack
            completed.logTail = attack
            completed.exitStatus = attack
            _ = try await ledger.recordCompleted([completed], in: table)
            let row = try #require(try await ledger.run(run.hash, in: table))
            #expect([row.message, row.artifact].allSatisfy { $0 == attack })
        }
        #expect(try await ledger.progress(of: table) == LedgerProgress(stable: attacks.count))
        #expect(try await ledger.registered().count == 1)
    }

    @Test("the name of an unknown exploration is looked up, never executed", arguments: attacks)
    func unknownName_isOnlyLookedUp(attack: String) async throws {
        let fixture = try await LedgerFixture()
        let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.drop(exploration: attack) }
        #expect(error?.code == .unknownExploration)
        #expect(try await fixture.ledger.registered().count == 1)
    }
}
