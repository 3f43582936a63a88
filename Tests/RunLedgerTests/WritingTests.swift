import Foundation
import Support
import TestSupport
import Testing

@testable import RunLedger

@Suite("Writing")
struct WritingTests {
    private let table = LedgerFixture.table

    @Test("a point is inserted once; after that its state is returned")
    func point_isInsertedOnce() async throws {
        let ledger = try await LedgerFixture().ledger
        let first = try await ledger.insertQueued([Sample.point(1), Sample.point(2), Sample.point(1)], into: table)
        #expect(
            first == InsertReply(outcomes: [.inserted, .inserted, .known(.queued)], retriedAfterUnknownCommit: false))
        try await ledger.recordRunning([Sample.running(1)], in: table)
        _ = try await ledger.recordCompleted([Sample.completed(2)], in: table)
        let second = try await ledger.insertQueued((1...3).map { Sample.point($0) }, into: table)
        #expect(second.outcomes == [.known(.running), .known(.completed), .inserted])
    }

    @Test("everything that is recorded of a point can be read")
    func recordedRun_isReadBack() async throws {
        let ledger = try await LedgerFixture().ledger
        _ = try await ledger.insertQueued([Sample.point(7, parent: Sample.hash(6))], into: table)
        let queued = try #require(try await ledger.run(Sample.hash(7), in: table))
        #expect(queued.state == .queued)
        #expect(queued.token == 0)
        #expect(queued.queuedAt != nil)
        let verdicts = try await ledger.recordCompleted([Sample.completed(7, token: 5, attempt: 2)], in: table)
        #expect(verdicts == [.stable])
        let row = try #require(try await ledger.run(Sample.hash(7), in: table))
        #expect(row.code == "0.7,1.63e-6")
        #expect(row.parent == Sample.hash(6))
        #expect(row.parameters == [.init(name: "CO2", value: 0.007), .init(name: "CH4", value: 1.63e-6)])
        #expect(
            row.outputs == [
                .init(name: "surface_temperature", value: 287.5), .init(name: "surface_pressure", value: 1.013),
            ])
        #expect(row.state == .completed)
        #expect(row.verdict == .stable)
        #expect(row.token == 5)
        #expect(row.attemptCount == 2)
        #expect(row.worker == "worker-5")
        #expect(row.model == "column")
        #expect(row.modelVersion == "v5")
        #expect(row.startedAt == 1_700_000_000_000_005)
        #expect(row.endedAt == 1_700_000_002_500_005)
        #expect(row.runTime == 2.5)
        #expect(row.iterations == 12)
        #expect(row.message == "settled")
        #expect(row.artifact == "file:///runs/7")
        #expect(row.error == nil)
        #expect(try await ledger.run(Sample.hash(8), in: table) == nil)
    }

    @Test("a scientist's query returns the stable points with typed columns")
    func query_returnsTypedColumns() async throws {
        let ledger = try await LedgerFixture().ledger
        _ = try await ledger.insertQueued((1...3).map { Sample.point($0) }, into: table)
        _ = try await ledger.recordCompleted(
            [Sample.completed(1), Sample.completed(2, verdict: .unstable, outputs: [nil, nil])], in: table)
        let result = try await ledger.query(
            "SELECT CO2, CH4, surface_temperature, hash_hex FROM test_earth WHERE verdict = 'stable'")
        #expect(result.columns.map(\.kind) == [.real, .real, .real, .text])
        let hex = Sample.hash(1).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(result.rows == [[.real(0.001), .real(1.63e-6), .real(287.5), .text(hex)]])
    }

    @Test("batches of every size are stored completely", arguments: [0, 1, 500, 5_000])
    func batches_areStoredCompletely(size: Int) async throws {
        let ledger = try await LedgerFixture().ledger
        let numbers = Array(0..<size)
        let reply = try await ledger.insertQueued(numbers.map { Sample.point($0) }, into: table)
        #expect(reply.outcomes == Array(repeating: .inserted, count: size))
        let again = try await ledger.insertQueued(numbers.map { Sample.point($0) }, into: table)
        #expect(again.outcomes == Array(repeating: .known(.queued), count: size))
        try await ledger.recordRunning(numbers.map { Sample.running($0) }, in: table)
        #expect(try await ledger.progress(of: table) == LedgerProgress(running: size))
        try await ledger.recordFailures(numbers.map { Sample.failure($0) }, in: table)
        try await ledger.recordExhausted(numbers.map { Sample.exhausted($0) }, in: table)
        #expect(try await ledger.progress(of: table) == LedgerProgress(error: size))
        let verdicts = try await ledger.recordCompleted(
            numbers.map { Sample.completed($0, token: 2, verdict: $0 % 3 == 0 ? .unstable : .stable) }, in: table)
        #expect(verdicts == numbers.map { $0 % 3 == 0 ? .unstable : .stable })
        let unstable = (size + 2) / 3
        #expect(try await ledger.progress(of: table) == LedgerProgress(stable: size - unstable, unstable: unstable))
        let attempts = try await ledger.query("SELECT COUNT(*) FROM attempts")
        #expect(attempts.rows[0][0] == .integer(Int64(2 * size)))
    }

    @Test("the first verdict is final, also within one batch, and is returned to the caller")
    func firstVerdict_isFinal() async throws {
        let ledger = try await LedgerFixture().ledger
        _ = try await ledger.insertQueued([Sample.point(1), Sample.point(2)], into: table)
        let first = try await ledger.recordCompleted(
            [Sample.completed(1, token: 1), Sample.completed(1, token: 9, verdict: .unstable)], in: table)
        #expect(first == [.stable, .stable])
        let later = try await ledger.recordCompleted(
            [Sample.completed(2, token: 3, verdict: .unstable), Sample.completed(1, token: 8, verdict: .unstable)],
            in: table)
        #expect(later == [.unstable, .stable])
        #expect(try await ledger.run(Sample.hash(1), in: table)?.token == 1)
        #expect(try await ledger.attempts(of: Sample.hash(1), in: table).map(\.token) == [1, 8, 9])
    }

    @Test("outputs that are NaN or infinite are stored as NULL")
    func nonFiniteOutputs_areNull() async throws {
        let ledger = try await LedgerFixture().ledger
        let odd: [[Double?]] = [
            [.nan, .infinity], [-.infinity, nil], [.greatestFiniteMagnitude, .leastNonzeroMagnitude], [-0.0, 1],
        ]
        let records = odd.enumerated().map { Sample.completed($0, outputs: $1) }
        _ = try await ledger.recordCompleted(records, in: table)
        for (number, outputs) in odd.enumerated() {
            let row = try await ledger.run(Sample.hash(number), in: table)
            #expect(row?.outputs.map(\.value) == outputs.map { $0.flatMap { $0.isFinite ? $0 : nil } })
        }
    }

    @Test("a batch with an invalid record is refused completely")
    func invalidRecord_refusesBatch() async throws {
        let ledger = try await LedgerFixture().ledger
        var shortHash = Sample.point(2)
        shortHash.hash.removeLast()
        var fewValues = Sample.point(2)
        fewValues.values.removeLast()
        var notFinite = Sample.point(2)
        notFinite.values[0] = .nan
        var longCode = Sample.point(2)
        longCode.code = String(repeating: "1,", count: 501)
        for bad in [shortHash, fewValues, notFinite, longCode] {
            let error = await #expect(throws: LedgerError.self) {
                try await ledger.insertQueued([Sample.point(1), bad], into: table)
            }
            #expect(error?.code == .invalidRecord)
        }
        let outputs = await #expect(throws: LedgerError.self) {
            try await ledger.recordCompleted(
                [Sample.completed(1), Sample.completed(2, outputs: [1, 2, 3])], in: table)
        }
        #expect(outputs?.code == .invalidRecord)
        let token = await #expect(throws: LedgerError.self) {
            try await ledger.recordRunning([Sample.running(1, token: 0)], in: table)
        }
        #expect(token?.code == .invalidRecord)
        #expect(try await ledger.progress(of: table).total == 0)
    }

    @Test("if several writers insert the same points at once, each point is new for exactly one")
    func concurrentInserts_reportNewOnce() async throws {
        let fixture = try await LedgerFixture()
        let inserted = try await withThrowingTaskGroup(of: [Int].self) { group in
            for rival in 0..<4 {
                group.addTask {
                    let ledger = try await fixture.connectAgain()
                    var generator = SplitMix64(seed: UInt64(rival))
                    var new: [Int] = []
                    for _ in 0..<8 {
                        let numbers = (0..<60).map { _ in Int.random(in: 0..<600, using: &generator) }
                        let reply = try await ledger.insertQueued(numbers.map { Sample.point($0) }, into: table)
                        new += zip(numbers, reply.outcomes).filter { $0.1 == .inserted }.map(\.0)
                    }
                    return new
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(inserted).count == inserted.count)
        #expect(try await fixture.ledger.progress(of: table) == LedgerProgress(queued: inserted.count))
    }

    @Test("writers that update the same points at once in any order all succeed")
    func concurrentUpdates_succeed() async throws {
        let fixture = try await LedgerFixture()
        _ = try await fixture.ledger.insertQueued((0..<200).map { Sample.point($0) }, into: table)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for rival in 1...4 {
                group.addTask {
                    let ledger = try await fixture.connectAgain()
                    var generator = SplitMix64(seed: UInt64(rival))
                    for round in 0..<5 {
                        let token = UInt64(round * 4 + rival)
                        let numbers = (0..<200).shuffled(using: &generator)
                        try await ledger.recordRunning(numbers.map { Sample.running($0, token: token) }, in: table)
                        try await ledger.recordFailures(numbers.map { Sample.failure($0, token: token) }, in: table)
                    }
                }
            }
            try await group.waitForAll()
        }
        let result = try await fixture.ledger.query("SELECT DISTINCT state, token, worker FROM test_earth")
        #expect(result.rows == [[.text("error"), .integer(20), .text("worker-20")]])
        #expect(try await fixture.ledger.query("SELECT COUNT(*) FROM attempts").rows[0][0] == .integer(4_000))
    }
}

@Suite("Text limits")
struct TextTests {
    private let table = LedgerFixture.table

    @Test("long texts are truncated to their columns, a log at its beginning, never within a character")
    func longTexts_areTruncated() async throws {
        let ledger = try await LedgerFixture().ledger
        let long = String(repeating: "ä😀", count: 40_000)
        var run = Sample.running(1)
        run.worker = long
        run.host = long
        run.model = long
        run.modelVersion = long
        try await ledger.recordFailures(
            [.init(attempt: run, endedAt: 5, kind: long, message: long, logTail: long + "the end", exitStatus: long)],
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

    @Test("bytes that are not UTF-8 are repaired")
    func invalidUTF8_isRepaired() async throws {
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
    func longLogs_fitIntoMessages() async throws {
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

    @Test("times beyond the range of the server become the nearest valid ones")
    func outOfRangeTimes_areClamped() async throws {
        let ledger = try await LedgerFixture().ledger
        for (number, time) in [Int64.min, -1, 0, 253_402_300_799_999_999, .max].enumerated() {
            var completed = Sample.completed(number)
            completed.attempt.startedAt = time
            completed.endedAt = time
            _ = try await ledger.recordCompleted([completed], in: table)
            let row = try await ledger.run(Sample.hash(number), in: table)
            #expect(row?.startedAt == min(max(time, 0), 253_402_300_799_999_999))
            #expect(row?.runTime == 0)
        }
    }
}

@Suite("Records as JSON")
struct RecordCodingTests {
    private func keys(_ record: some Encodable) throws -> Set<String> {
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(record))
        return Set(try #require(object as? [String: Any]).keys)
    }

    @Test("keep their keys, which are in stored messages")
    func json_keepsKeys() throws {
        let required: Set = [
            "hash", "code", "token", "attempt", "worker", "host", "model", "modelVersion", "startedAt",
        ]
        #expect(try keys(Sample.running(1)) == required.union(["pod", "node", "explorationDigest", "softwareVersion"]))
        let least = Attempt(
            hash: Sample.hash(1), token: 1, attempt: 1, worker: "w", host: "h", model: "m", modelVersion: "v",
            startedAt: 1)
        #expect(try keys(least) == required)
        #expect(
            try keys(Sample.failure(1)) == [
                "attempt", "endedAt", "kind", "message", "logTail", "exitStatus", "peakMemory",
            ])
    }

    @Test("are decoded as they were encoded, with the hash as hexadecimal digits of either case")
    func json_roundTrip() throws {
        let failure = Sample.failure(1)
        let data = try JSONEncoder().encode(failure)
        #expect(try JSONDecoder().decode(FailureRecord.self, from: data) == failure)
        let text = String(decoding: data, as: UTF8.self)
        #expect(text.contains("\"hash\":\"\(failure.attempt.hashHex)\""))
        let upper = text.replacing(failure.attempt.hashHex, with: failure.attempt.hashHex.uppercased())
        #expect(try JSONDecoder().decode(FailureRecord.self, from: Data(upper.utf8)) == failure)
    }

    @Test("with an invalid hash are refused", arguments: ["", "00", "zz"])
    func invalidHash_isRefused(hash: String) throws {
        let failure = Sample.failure(1)
        let text = String(decoding: try JSONEncoder().encode(failure), as: UTF8.self)
        let broken = text.replacing(failure.attempt.hashHex, with: hash)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(FailureRecord.self, from: Data(broken.utf8)) }
    }
}
