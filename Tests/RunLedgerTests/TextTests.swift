import Testing

@testable import RunLedger

@Suite("Texts and their limits")
struct TextTests {
    private let table = LedgerFixture.table

    @Test("long texts are cut to their columns, a log at its beginning, never within a character")
    func cut() async throws {
        let ledger = try await LedgerFixture().ledger
        let long = String(repeating: "ä😀", count: 40_000)
        var run = Sample.running(1)
        run.worker = long
        run.host = long
        run.model = long
        run.modelVersion = long
        try await ledger.recordFailures(
            [.init(run: run, endedAt: 5, kind: long, message: long, logTail: long + "the end", exitStatus: long)],
            in: table)
        let attempt = try #require(try await ledger.attempts(of: run.hash, in: table).first)
        #expect(attempt.worker.unicodeScalars.count == TextLimit.name)
        #expect(attempt.kind?.unicodeScalars.count == TextLimit.kind)
        #expect(attempt.message?.unicodeScalars.count == TextLimit.message)
        let log = try #require(attempt.logTail)
        #expect(log.hasSuffix("ä😀the end"))
        #expect((TextLimit.logTail - 3...TextLimit.logTail).contains(log.utf8.count))
        #expect(!log.unicodeScalars.contains("\u{FFFD}"))
        var completed = Sample.completed(1)
        completed.message = long
        completed.artifact = long
        _ = try await ledger.recordCompleted([completed], in: table)
        let row = try #require(try await ledger.run(run.hash, in: table))
        #expect(row.artifact?.unicodeScalars.count == TextLimit.artifact)
        #expect(row.message?.unicodeScalars.count == TextLimit.message)
    }

    @Test("bytes that are no UTF-8 arrive repaired")
    func repaired() async throws {
        let ledger = try await LedgerFixture().ledger
        let broken = String(decoding: [0x61, 0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80, 0x62] as [UInt8], as: UTF8.self)
        var failure = Sample.failure(1)
        failure.logTail = broken
        try await ledger.recordFailures([failure], in: table)
        let log = try await ledger.attempts(of: Sample.hash(1), in: table).first?.logTail
        #expect(log == broken)
        #expect(log?.contains("\u{FFFD}") == true)
    }

    @Test("a batch of the longest logs fits into the server's messages")
    func manyLongLogs() async throws {
        let ledger = try await LedgerFixture().ledger
        let log = String(repeating: "x", count: TextLimit.logTail)
        let failures = (0..<500).map { number in
            var failure = Sample.failure(number)
            failure.logTail = log
            return failure
        }
        try await ledger.recordFailures(failures, in: table)
        let stored = try await ledger.query("SELECT COUNT(*), MIN(LENGTH(log_tail)) FROM attempts")
        #expect(stored.rows == [[.integer(500), .integer(Int64(TextLimit.logTail))]])
    }

    @Test("times outside of what the server can store become the nearest ones that it can")
    func times() async throws {
        let ledger = try await LedgerFixture().ledger
        for (number, time) in [Int64.min, -1, 0, 253_402_300_799_999_999, .max].enumerated() {
            var completed = Sample.completed(number)
            completed.run.startedAt = time
            completed.endedAt = time
            _ = try await ledger.recordCompleted([completed], in: table)
            let row = try await ledger.run(Sample.hash(number), in: table)
            #expect(row?.startedAt == min(max(time, 0), 253_402_300_799_999_999))
            #expect(row?.runTime == 0)
        }
    }
}
