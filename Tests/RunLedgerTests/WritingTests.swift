import Support
import TestSupport
import Testing

@testable import RunLedger

@Suite("Writing")
struct WritingTests {
    private let table = LedgerFixture.table

    @Test("a point is inserted once; after that its state is told")
    func insertedOnce() async throws {
        let ledger = try await LedgerFixture().ledger
        let first = try await ledger.insertQueued([Sample.point(1), Sample.point(2), Sample.point(1)], into: table)
        #expect(
            first == InsertReply(outcomes: [.inserted, .inserted, .known(.queued)], retriedAfterUnknownCommit: false))
        try await ledger.recordRunning([Sample.running(1)], in: table)
        _ = try await ledger.recordCompleted([Sample.completed(2)], in: table)
        let second = try await ledger.insertQueued((1...3).map { Sample.point($0) }, into: table)
        #expect(second.outcomes == [.known(.running), .known(.completed), .inserted])
    }

    @Test("all that is told of a point is there to be read")
    func wholeRow() async throws {
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

    @Test("the scientist's query gives the stable points with typed columns")
    func scientistsQuery() async throws {
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

    @Test("batches of every size land whole", arguments: [0, 1, 500, 5_000])
    func batches(size: Int) async throws {
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

    @Test("the first verdict stays, also within one batch, and is what the caller is told")
    func firstVerdict() async throws {
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

    @Test("outputs that are no numbers are stored as NULL")
    func notNumbers() async throws {
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

    @Test("a batch with a record that cannot be stored is refused whole")
    func refusedWhole() async throws {
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

    @Test("of several writers that insert the same points at once, exactly one is told that a point is new")
    func rivals() async throws {
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

    @Test("writers that update the same points at once in any order all get through")
    func contention() async throws {
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
