import Support
import Testing

@testable import RedisClient

@Suite("The pipeline of a connection")
struct PipelineTests {
    private let start = ContinuousClock.now

    // The macro cannot call mutating functions.
    private func expect(_ tickets: [Int], _ expected: [Int], location: SourceLocation = #_sourceLocation) {
        #expect(tickets == expected, sourceLocation: location)
    }

    private func gather(_ ticket: Int, seconds: Int = 10, in pipeline: inout Pipeline<Int>) -> Bool {
        pipeline.submit(RedisCommand("GET", "\(ticket)"), ticket, deadline: start.advanced(by: .seconds(seconds)))
    }

    /// Submits a command like a caller on another thread.
    @discardableResult
    private func submit(_ ticket: Int, seconds: Int = 10, to pipeline: inout Pipeline<Int>) -> Bool {
        defer { pipeline.flush() }
        return gather(ticket, seconds: seconds, in: &pipeline)
    }

    private func text(_ pipeline: Pipeline<Int>) -> String {
        pipeline.outgoing.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test("commands wait for a connection, and are then sent in their order")
    func commands_waitForConnection() {
        var pipeline = Pipeline<Int>()
        submit(1, to: &pipeline)
        submit(2, to: &pipeline)
        #expect(!pipeline.hasUnsent)
        pipeline.connect()
        #expect(text(pipeline) == "*2\r\n$3\r\nGET\r\n$1\r\n1\r\n*2\r\n$3\r\nGET\r\n$1\r\n2\r\n")
        expect(pipeline.answered(2), [1, 2])
    }

    /// Creates a pipeline after a first reply, which batches commands.
    private func answeredOnce() -> Pipeline<Int> {
        var pipeline = Pipeline<Int>()
        pipeline.connect()
        submit(0, to: &pipeline)
        sendAll(&pipeline)
        expect(pipeline.answered(1), [0])
        return pipeline
    }

    private func sendAll(_ pipeline: inout Pipeline<Int>) {
        pipeline.sent(text(pipeline).utf8.count)
    }

    @Test("before the first reply, commands are sent at once")
    func commandsBeforeFirstReply_areSentAtOnce() {
        var pipeline = Pipeline<Int>()
        pipeline.connect()
        for ticket in 1...3 {
            submit(ticket, to: &pipeline)
            #expect(text(pipeline).contains("\(ticket)"))
            sendAll(&pipeline)
        }
        expect(pipeline.answered(3), [1, 2, 3])
    }

    @Test("if a reply is slow, the batched commands are sent, and further ones at once until the next reply")
    func slowReply_endsBatching() {
        var pipeline = answeredOnce()
        submit(1, to: &pipeline)
        sendAll(&pipeline)
        submit(2, to: &pipeline)
        #expect(!pipeline.hasUnsent)
        #expect(pipeline.isBatching)
        pipeline.stopBatching()
        #expect(text(pipeline).contains("2"))
        #expect(!pipeline.isBatching)
        sendAll(&pipeline)
        submit(3, to: &pipeline)
        #expect(text(pipeline).contains("3"))
        sendAll(&pipeline)
        expect(pipeline.answered(1), [1])
        submit(4, to: &pipeline)
        #expect(!pipeline.hasUnsent)
        #expect(pipeline.isBatching)
        expect(pipeline.answered(2), [2, 3])
        #expect(text(pipeline).contains("4"))
    }

    @Test("while a reply is outstanding, commands are batched and sent together with the next reply")
    func outstandingReply_batchesCommands() {
        var pipeline = answeredOnce()
        submit(1, to: &pipeline)
        sendAll(&pipeline)
        submit(2, to: &pipeline)
        submit(3, to: &pipeline)
        #expect(!pipeline.hasUnsent)
        expect(pipeline.answered(1), [1])
        #expect(text(pipeline).contains("2"))
        #expect(text(pipeline).contains("3"))
        expect(pipeline.answered(2), [2, 3])
    }

    @Test("without a flush, commands are batched also if no reply is outstanding")
    func commandsWithoutFlush_areBatched() {
        var pipeline = Pipeline<Int>()
        pipeline.connect()
        _ = gather(1, in: &pipeline)
        _ = gather(2, in: &pipeline)
        #expect(!pipeline.hasUnsent)
        pipeline.flush()
        #expect(text(pipeline).contains("1"))
        #expect(text(pipeline).contains("2"))
    }

    @Test("a broken connection fails the commands that were sent and keeps the others")
    func brokenConnection_keepsUnsentCommands() {
        var pipeline = answeredOnce()
        submit(1, to: &pipeline)
        submit(2, to: &pipeline)
        expect(pipeline.disconnect(), [1])
        #expect(!pipeline.hasUnsent)
        pipeline.connect()
        #expect(text(pipeline) == "*2\r\n$3\r\nGET\r\n$1\r\n2\r\n")
        expect(pipeline.answered(1), [2])
    }

    @Test("the oldest command without a reply is overdue at its deadline")
    func oldestCommand_isOverdueAtItsDeadline() {
        var pipeline = Pipeline<Int>()
        pipeline.connect()
        #expect(pipeline.nextDeadline == nil)
        submit(1, seconds: 1, to: &pipeline)
        #expect(!pipeline.isOverdue(at: start))
        #expect(pipeline.isOverdue(at: start.advanced(by: .seconds(1))))
        #expect(pipeline.nextDeadline == start.advanced(by: .seconds(1)))
    }

    @Test("without a connection, commands fail at their deadlines")
    func waitingCommands_expire() {
        var pipeline = Pipeline<Int>()
        submit(1, seconds: 1, to: &pipeline)
        submit(2, seconds: 2, to: &pipeline)
        expect(pipeline.expireWaiting(at: start.advanced(by: .seconds(1))), [1])
        submit(3, seconds: 9, to: &pipeline)
        expect(pipeline.expireWaiting(at: start.advanced(by: .seconds(2))), [2])
        pipeline.connect()
        #expect(text(pipeline) == "*2\r\n$3\r\nGET\r\n$1\r\n3\r\n")
    }

    @Test("closing fails all commands and refuses further ones")
    func close_failsAllCommands() {
        var pipeline = Pipeline<Int>()
        pipeline.connect()
        submit(1, to: &pipeline)
        submit(2, to: &pipeline)
        expect(pipeline.close(), [1, 2])
        let isAccepted = submit(3, to: &pipeline)
        #expect(!isAccepted)
        #expect(pipeline.isClosed)
    }

    @Test("replies without a command have no ticket")
    func excessReplies_haveNoTicket() {
        var pipeline = Pipeline<Int>()
        pipeline.connect()
        submit(1, to: &pipeline)
        expect(pipeline.answered(2), [1])
    }

    @Test("the wait before reconnecting doubles up to a cap, with full jitter")
    func reconnectBackoff_doublesUpToItsCap() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            var backoff = Backoff.Counter(.reconnect)
            for failures in 0..<20 {
                let wait = backoff.next(using: &generator)
                #expect(wait <= min(.seconds(1), .milliseconds(20) * (1 << min(failures, 10))))
            }
            backoff.reset()
            let wait = backoff.next(using: &generator)
            #expect(wait <= .milliseconds(20))
        }
    }
}
