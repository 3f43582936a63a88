import Support
import TestSupport
import Testing

@testable import RunLedger

/// What may be told of a point, in the order in which it happens.
private enum Message: Hashable {
    case queued
    case running(token: UInt64, attempt: Int)
    case failed(token: UInt64, attempt: Int)
    case exhausted(token: UInt64)
    case completed(token: UInt64, attempt: Int)

    /// A point's history: some leases, each of which ends in a failure or in silence; at last perhaps a verdict, or the
    /// end of all attempts.
    static func history(using generator: inout SplitMix64) -> [Message] {
        var messages = [Message.queued]
        var token: UInt64 = 0
        var attempt = 1
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            token += UInt64.random(in: 1...5, using: &generator)
            messages.append(.running(token: token, attempt: attempt))
            if Bool.random(using: &generator) {
                messages.append(.failed(token: token, attempt: attempt))
                attempt += 1
            }
        }
        switch Int.random(in: 0..<4, using: &generator) {
        case 0 where token > 0: messages.append(.exhausted(token: token))
        case 1, 2:
            messages.append(.running(token: token + 1, attempt: attempt))
            messages.append(.completed(token: token + 1, attempt: attempt))
            // A worker that was thought lost comes back, as after the queue's data was lost.
            if Bool.random(using: &generator) { messages.append(.running(token: token + 2, attempt: attempt)) }
        default: break
        }
        return messages
    }
}

/// What a point's row and its attempts come to, apart from what differs between points: hash, code, values, times of
/// the insertion.
private struct Ending: Equatable {
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

@Suite("The order of messages")
struct OrderTests {
    private let table = LedgerFixture.table

    @Test("any order and repetition of a point's messages ends in the same row", arguments: [1, 2, 3] as [UInt64])
    func anyOrder(seed: UInt64) async throws {
        let ledger = try await LedgerFixture().ledger
        var generator = SplitMix64(seed: seed)
        let histories = (0..<40).map { _ in Message.history(using: &generator) }
        let variants = 8
        // Of each history, the first point hears it as it happened, the others shuffled and with repetitions.
        let plans = histories.flatMap { history in
            [history]
                + (1..<variants).map { _ in
                    let repeated = history + history.filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
                    return repeated.shuffled(using: &generator)
                }
        }
        try await tell(plans, to: ledger)
        for (number, history) in histories.enumerated() {
            let first = try await ending(of: number * variants, in: ledger)
            for variant in 1..<variants {
                let other = try await ending(of: number * variants + variant, in: ledger)
                #expect(other == first, "\(history) told as \(plans[number * variants + variant])")
            }
            #expect(first.state == expectedState(after: history), "\(history)")
        }
    }

    /// Tells every point its messages, step by step, many points in one batch.
    private func tell(_ plans: [[Message]], to ledger: RunLedger) async throws {
        var ranks = [(Int, UInt64)](repeating: (-1, 0), count: plans.count)
        for step in 0..<(plans.map(\.count).max() ?? 0) {
            var points: [QueuedPoint] = []
            var running: [RunningRecord] = []
            var failures: [FailureRecord] = []
            var exhausted: [ExhaustedRecord] = []
            var completed: [CompletedRecord] = []
            for (number, plan) in plans.enumerated() where step < plan.count {
                switch plan[step] {
                case .queued: points.append(Sample.point(number))
                case .running(let token, let attempt):
                    running.append(Sample.running(number, token: token, attempt: attempt))
                case .failed(let token, let attempt):
                    failures.append(Sample.failure(number, token: token, attempt: attempt))
                case .exhausted(let token): exhausted.append(Sample.exhausted(number, token: token))
                case .completed(let token, let attempt):
                    completed.append(Sample.completed(number, token: token, attempt: attempt))
                }
            }
            _ = try await ledger.insertQueued(points, into: table)
            try await ledger.recordRunning(running, in: table)
            try await ledger.recordFailures(failures, in: table)
            try await ledger.recordExhausted(exhausted, in: table)
            _ = try await ledger.recordCompleted(completed, in: table)
            try await expectNoStepBack(&ranks, in: ledger)
        }
    }

    /// A row moves forward only: `completed` above all, before it the greater token, then `running` before `error`.
    private func expectNoStepBack(_ ranks: inout [(Int, UInt64)], in ledger: RunLedger) async throws {
        let rows = try await ledger.query("SELECT hash, state, token FROM test_earth").rows
        let states = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], ($0[1], $0[2])) })
        for number in ranks.indices {
            guard let (state, token) = states[.bytes(Sample.hash(number))] else {
                #expect(ranks[number].0 < 0, "a row has vanished")
                continue
            }
            let order: [Cell] = [.text("queued"), .text("running"), .text("error"), .text("completed")]
            let rank = try #require(order.firstIndex(of: state))
            let before = ranks[number]
            let now = (rank, UInt64(token.integerValue ?? 0))
            let isForward =
                rank == 3 || before.0 < 3 && (now.1 > before.1 || now.1 == before.1 && rank >= before.0)
            #expect(isForward, "from \(before) to \(now)")
            ranks[number] = now
        }
    }

    private func ending(of number: Int, in ledger: RunLedger) async throws -> Ending {
        let row = try #require(try await ledger.run(Sample.hash(number), in: table))
        return Ending(row, try await ledger.attempts(of: Sample.hash(number), in: table))
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
