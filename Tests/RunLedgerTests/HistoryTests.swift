import Testing

@testable import RunLedger

@Suite("The history of attempts")
struct HistoryTests {
    private let table = LedgerFixture.table

    @Test("every attempt is kept with what became of it")
    func history() async throws {
        let ledger = try await LedgerFixture().ledger
        _ = try await ledger.insertQueued([Sample.point(1)], into: table)
        for token in [UInt64(10), 20, 30, 40] {
            try await ledger.recordRunning([Sample.running(1, token: token, attempt: token == 10 ? 1 : 2)], in: table)
            if token == 10 { try await ledger.recordFailures([Sample.failure(1, token: 10)], in: table) }
            if token == 30 {
                _ = try await ledger.recordCompleted([Sample.completed(1, token: 30, attempt: 2)], in: table)
            }
        }
        let attempts = try await ledger.attempts(of: Sample.hash(1), in: table)
        #expect(attempts.map(\.token) == [10, 20, 30, 40])
        #expect(attempts.map(\.state) == [.error, .lost, .completed, .running])
        #expect(attempts[0].kind == "signal")
        #expect(attempts[0].exitStatus == "signal 11")
        #expect(attempts[0].logTail == "…last line 10")
        #expect(attempts[0].endedAt == 1_700_000_001_500_010)
        #expect(attempts[0].peakMemory == 1_234)
        #expect(attempts.map(\.pod) == ["pod-10", "pod-20", "pod-30", "pod-40"])
        #expect(attempts.map(\.node) == ["node-10", "node-20", "node-30", "node-40"])
        #expect(attempts.map(\.softwareVersion) == ["1.10", "1.20", "1.30", "1.40"])
        #expect(attempts.allSatisfy { $0.explorationDigest == "abc123" })
        #expect(attempts[1].host == "host-20")
        #expect(attempts[1].endedAt == nil)
        #expect(attempts[2].peakMemory == 12_345_678)
        #expect(attempts[2].logTail == "settled\n")
        #expect(attempts[2].exitStatus == "exit 0")
        #expect(attempts[2].artifact == "file:///runs/1")
        #expect(try await ledger.attempts(of: Sample.hash(2), in: table).isEmpty)
    }

    @Test("a point whose workers died without a word is in error when its attempts are used up")
    func exhaustedByCrashes() async throws {
        let ledger = try await LedgerFixture().ledger
        _ = try await ledger.insertQueued([Sample.point(1)], into: table)
        try await ledger.recordRunning([Sample.running(1, token: 3)], in: table)
        try await ledger.recordExhausted([Sample.exhausted(1, token: 3)], in: table)
        let row = try await ledger.run(Sample.hash(1), in: table)
        #expect(row?.state == .error)
        #expect(row?.error == "gave up at 3")
        #expect(row?.worker == "worker-3")
        #expect(try await ledger.attempts(of: Sample.hash(1), in: table).map(\.state) == [.lost])
    }

    @Test("a point that is retried after it was given up runs again and may complete")
    func retried() async throws {
        let ledger = try await LedgerFixture().ledger
        _ = try await ledger.insertQueued([Sample.point(1)], into: table)
        try await ledger.recordFailures([Sample.failure(1, token: 3)], in: table)
        try await ledger.recordExhausted([Sample.exhausted(1, token: 3)], in: table)
        var row = try await ledger.run(Sample.hash(1), in: table)
        #expect(row?.error == "ended by signal 11 under 3")
        #expect(row?.message == "gave up at 3")
        try await ledger.recordRunning([Sample.running(1, token: 4)], in: table)
        row = try await ledger.run(Sample.hash(1), in: table)
        #expect(row?.state == .running)
        #expect(row?.error == nil)
        #expect(row?.message == nil)
        // The notice comes a second time, late.
        try await ledger.recordExhausted([Sample.exhausted(1, token: 3)], in: table)
        #expect(try await ledger.run(Sample.hash(1), in: table)?.state == .running)
        _ = try await ledger.recordCompleted([Sample.completed(1, token: 4)], in: table)
        try await ledger.recordExhausted([Sample.exhausted(1, token: 5)], in: table)
        #expect(try await ledger.run(Sample.hash(1), in: table)?.state == .completed)
    }
}
