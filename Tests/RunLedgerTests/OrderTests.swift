import Support
import TestSupport
import Testing

@testable import RunLedger

/// The messages about a point, in the order in which they are sent.
private enum Message: Hashable {
    case queued
    case running(token: UInt64, attempt: Int)
    case released(token: UInt64, attempt: Int)
    case failed(token: UInt64, attempt: Int)
    case exhausted(token: UInt64)
    case completed(token: UInt64, attempt: Int)

    /// Makes a random history of a point: some leases, each of which ends in a failure or is lost; finally perhaps a
    /// verdict, or the end of all attempts.
    static func history(using generator: inout SplitMix64) -> [Message] {
        var messages = [Message.queued]
        var token: UInt64 = 0
        var attempt = 1
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            token += UInt64.random(in: 1...5, using: &generator)
            messages.append(.running(token: token, attempt: attempt))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                messages.append(.failed(token: token, attempt: attempt))
                attempt += 1
            case 2: messages.append(.released(token: token, attempt: attempt))
            default: break
            }
        }
        switch Int.random(in: 0..<4, using: &generator) {
        // A job that was released has no dead letter of the same lease.
        case 0 where token > 0 && messages.last != .released(token: token, attempt: attempt):
            messages.append(.exhausted(token: token))
        case 1, 2:
            messages.append(.running(token: token + 1, attempt: attempt))
            messages.append(.completed(token: token + 1, attempt: attempt))
            // A worker that seemed lost returns, for instance after a loss of the queue's data.
            if Bool.random(using: &generator) { messages.append(.running(token: token + 2, attempt: attempt)) }
        default: break
        }
        return messages
    }
}

/// The final row of a point and its attempts, without the data that differ between points: hash, code, values, time of
/// the insertion.
private struct FinalState: Equatable {
    var state: RunState
    var verdict: Verdict?
    var token: UInt64
    var attemptCount: Int
    var started: Int64?
    var ended: Int64?
    var runTime: Double?
    var worker: String?
    var error: String?
    var message: String?
    var outputs: [Double?]
    var hasCode: Bool
    var hasQueueTime: Bool
    var attempts: [String]

    init(_ row: RunRow, _ history: [AttemptRow]) {
        state = row.state
        verdict = row.verdict
        token = row.token
        attemptCount = row.attemptCount
        started = row.startedAt
        ended = row.endedAt
        runTime = row.runTime
        worker = row.worker
        error = row.error
        message = row.message
        outputs = row.outputs.map(\.value)
        hasCode = row.code != nil && row.parameters.allSatisfy { $0.value != nil }
        hasQueueTime = row.queuedAt != nil
        attempts = history.map { "\($0.token) \($0.attempt) \($0.state) \($0.kind ?? "") \($0.endedAt ?? 0)" }
    }
}

@Suite("Message order")
struct OrderTests {
    private let table = LedgerFixture.table

    @Test("any order and repetition of a point's messages ends in the same row", arguments: [1, 2, 3] as [UInt64])
    func anyMessageOrder_endsInSameRow(seed: UInt64) async throws {
        let ledger = try await LedgerFixture().ledger
        var generator = SplitMix64(seed: seed)
        let histories = (0..<40).map { _ in Message.history(using: &generator) }
        let variants = 8
        // For each history, the first point gets the messages as they are, the others shuffled and with repetitions.
        let plans = histories.flatMap { history in
            [history]
                + (1..<variants).map { _ in
                    let repeated = history + history.filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
                    return repeated.shuffled(using: &generator)
                }
        }
        try await record(plans, in: ledger)
        for (number, history) in histories.enumerated() {
            let first = try await finalState(of: number * variants, in: ledger)
            for variant in 1..<variants {
                let other = try await finalState(of: number * variants + variant, in: ledger)
                #expect(other == first, "\(history) sent as \(plans[number * variants + variant])")
            }
            #expect(first.state == expectedState(after: history), "\(history)")
        }
    }

    /// Records the messages of every point, step by step, with many points in one batch.
    private func record(_ plans: [[Message]], in ledger: RunLedger) async throws {
        var ranks = [(Int, UInt64)](repeating: (-1, 0), count: plans.count)
        for step in 0..<(plans.map(\.count).max() ?? 0) {
            var points: [QueuedPoint] = []
            var running: [Attempt] = []
            var released: [ReleasedRecord] = []
            var failures: [FailureRecord] = []
            var exhausted: [ExhaustedRecord] = []
            var completed: [CompletedRecord] = []
            for (number, plan) in plans.enumerated() where step < plan.count {
                switch plan[step] {
                case .queued: points.append(Sample.point(number))
                case .running(let token, let attempt):
                    running.append(Sample.running(number, token: token, attempt: attempt))
                case .released(let token, let attempt):
                    released.append(Sample.released(number, token: token, attempt: attempt))
                case .failed(let token, let attempt):
                    failures.append(Sample.failure(number, token: token, attempt: attempt))
                case .exhausted(let token): exhausted.append(Sample.exhausted(number, token: token))
                case .completed(let token, let attempt):
                    completed.append(Sample.completed(number, token: token, attempt: attempt))
                }
            }
            _ = try await ledger.insertQueued(points, into: table)
            try await ledger.recordRunning(running, in: table)
            try await ledger.recordReleased(released, in: table)
            try await ledger.recordFailures(failures, in: table)
            try await ledger.recordExhausted(exhausted, in: table)
            _ = try await ledger.recordCompleted(completed, in: table)
            try await expectNoStepBack(&ranks, in: ledger)
        }
    }

    /// Expects that rows only move forward: `completed` above all, before it the greater token, then `running` before
    /// `error`, or before `queued` if the attempt was given up.
    private func expectNoStepBack(
        _ ranks: inout [(Int, UInt64)], in ledger: RunLedger, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let rows = try await ledger.query("SELECT hash, state, token FROM test_earth").rows
        let states = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], ($0[1], $0[2])) })
        for number in ranks.indices {
            guard let (state, token) = states[.bytes(Sample.hash(number))] else {
                #expect(ranks[number].0 < 0, "a row has vanished", sourceLocation: sourceLocation)
                continue
            }
            let order: [Cell] = [.text("queued"), .text("running"), .text("error"), .text("completed")]
            let rank = try #require(order.firstIndex(of: state))
            let before = ranks[number]
            let now = (rank, UInt64(token.integerValue ?? 0))
            let isForward =
                rank == 3 || before.0 < 3 && (now.1 > before.1 || now.1 == before.1 && (rank >= before.0 || rank == 0))
            #expect(isForward, "from \(before) to \(now)", sourceLocation: sourceLocation)
            ranks[number] = now
        }
    }

    private func finalState(of number: Int, in ledger: RunLedger) async throws -> FinalState {
        let row = try #require(try await ledger.run(Sample.hash(number), in: table))
        return FinalState(row, try await ledger.attempts(of: Sample.hash(number), in: table))
    }

    private func expectedState(after history: [Message]) -> RunState {
        if history.contains(where: { if case .completed = $0 { true } else { false } }) { return .completed }
        return switch history.last {
        case .failed, .exhausted: .error
        case .running: .running
        default: .queued
        }
    }
}

@Suite("The history of attempts")
struct HistoryTests {
    private let table = LedgerFixture.table

    @Test("every attempt is kept with its end")
    func everyAttempt_isKept() async throws {
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

    @Test("a point whose workers all crashed is in error when its attempts are used up")
    func crashedAttempts_endInError() async throws {
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
    func retriedPoint_runsAgain() async throws {
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
        // The message arrives a second time, late.
        try await ledger.recordExhausted([Sample.exhausted(1, token: 3)], in: table)
        #expect(try await ledger.run(Sample.hash(1), in: table)?.state == .running)
        _ = try await ledger.recordCompleted([Sample.completed(1, token: 4)], in: table)
        try await ledger.recordExhausted([Sample.exhausted(1, token: 5)], in: table)
        #expect(try await ledger.run(Sample.hash(1), in: table)?.state == .completed)
    }
}
