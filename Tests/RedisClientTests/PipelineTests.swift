import Testing

@testable import RedisClient

@Suite("The pipeline of a connection")
struct PipelineTests {
    private let start = ContinuousClock.now

    // The macro cannot call what mutates.
    private func expect(_ tickets: [Int], _ expected: [Int], location: SourceLocation = #_sourceLocation) {
        #expect(tickets == expected, sourceLocation: location)
    }

    private func gather(_ ticket: Int, seconds: Int = 10, in pipeline: inout Pipeline<Int>) -> Bool {
        pipeline.submit(RedisCommand("GET", "\(ticket)"), ticket, deadline: start.advanced(by: .seconds(seconds)))
    }

    /// As a caller does that is not on the connection's thread.
    @discardableResult
    private func submit(_ ticket: Int, seconds: Int = 10, to pipeline: inout Pipeline<Int>) -> Bool {
        defer { pipeline.flush() }
        return gather(ticket, seconds: seconds, in: &pipeline)
    }

    private func text(_ pipeline: Pipeline<Int>) -> String {
        pipeline.outgoing.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test("nothing goes out before there is a connection, then everything in order")
    func beforeConnection() {
        var pipeline = Pipeline<Int>()
        submit(1, to: &pipeline)
        submit(2, to: &pipeline)
        #expect(!pipeline.hasUnsent)
        pipeline.connect()
        #expect(text(pipeline) == "*2\r\n$3\r\nGET\r\n$1\r\n1\r\n*2\r\n$3\r\nGET\r\n$1\r\n2\r\n")
        expect(pipeline.answered(2), [1, 2])
    }

    /// A pipeline after a first reply, from which on commands gather.
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

    @Test("before the first reply, commands go out at once")
    func beforeFirstReply() {
        var pipeline = Pipeline<Int>()
        pipeline.connect()
        for ticket in 1...3 {
            submit(ticket, to: &pipeline)
            #expect(text(pipeline).contains("\(ticket)"))
            sendAll(&pipeline)
        }
        expect(pipeline.answered(3), [1, 2, 3])
    }

    @Test("when no reply comes for a while, what has gathered goes out, and all that follows until the next reply")
    func slowReply() {
        var pipeline = answeredOnce()
        submit(1, to: &pipeline)
        sendAll(&pipeline)
        submit(2, to: &pipeline)
        #expect(!pipeline.hasUnsent && pipeline.gathers)
        pipeline.stopGathering()
        #expect(text(pipeline).contains("2") && !pipeline.gathers)
        sendAll(&pipeline)
        submit(3, to: &pipeline)
        #expect(text(pipeline).contains("3"))
        sendAll(&pipeline)
        expect(pipeline.answered(1), [1])
        submit(4, to: &pipeline)
        #expect(!pipeline.hasUnsent && pipeline.gathers)
        expect(pipeline.answered(2), [2, 3])
        #expect(text(pipeline).contains("4"))
    }

    @Test("while a reply is outstanding, commands gather and go out as one piece with the next reply")
    func gathering() {
        var pipeline = answeredOnce()
        submit(1, to: &pipeline)
        sendAll(&pipeline)
        submit(2, to: &pipeline)
        submit(3, to: &pipeline)
        #expect(!pipeline.hasUnsent)
        expect(pipeline.answered(1), [1])
        #expect(text(pipeline).contains("2") && text(pipeline).contains("3"))
        expect(pipeline.answered(2), [2, 3])
    }

    @Test("without a flush, commands gather also while no reply is outstanding")
    func gatheringAtHome() {
        var pipeline = Pipeline<Int>()
        pipeline.connect()
        _ = gather(1, in: &pipeline)
        _ = gather(2, in: &pipeline)
        #expect(!pipeline.hasUnsent)
        pipeline.flush()
        #expect(text(pipeline).contains("1") && text(pipeline).contains("2"))
    }

    @Test("a broken connection fails what was sent and keeps what was not")
    func breaking() {
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
    func overdue() {
        var pipeline = Pipeline<Int>()
        pipeline.connect()
        #expect(pipeline.nextDeadline == nil)
        submit(1, seconds: 1, to: &pipeline)
        #expect(!pipeline.isOverdue(at: start))
        #expect(pipeline.isOverdue(at: start.advanced(by: .seconds(1))))
        #expect(pipeline.nextDeadline == start.advanced(by: .seconds(1)))
    }

    @Test("without a connection, commands give up at their deadlines")
    func expiry() {
        var pipeline = Pipeline<Int>()
        submit(1, seconds: 1, to: &pipeline)
        submit(2, seconds: 2, to: &pipeline)
        expect(pipeline.expireWaiting(at: start.advanced(by: .seconds(1))), [1])
        submit(3, seconds: 9, to: &pipeline)
        expect(pipeline.expireWaiting(at: start.advanced(by: .seconds(2))), [2])
        pipeline.connect()
        #expect(text(pipeline) == "*2\r\n$3\r\nGET\r\n$1\r\n3\r\n")
    }

    @Test("closing fails everybody and takes in nobody")
    func closing() {
        var pipeline = Pipeline<Int>()
        pipeline.connect()
        submit(1, to: &pipeline)
        submit(2, to: &pipeline)
        expect(pipeline.close(), [1, 2])
        let isAccepted = submit(3, to: &pipeline)
        #expect(!isAccepted)
        #expect(pipeline.isClosed)
    }

    @Test("replies that nobody asked for find nobody")
    func excess() {
        var pipeline = Pipeline<Int>()
        pipeline.connect()
        submit(1, to: &pipeline)
        expect(pipeline.answered(2), [1])
    }

    @Test("the pause before reconnecting doubles up to a cap, with full jitter")
    func backoff() {
        var generator = SystemRandomNumberGenerator()
        let lost = RedisError(code: .closed, message: "The connection broke.")
        for _ in 0..<20 {
            var backoff = ReconnectBackoff()
            for failures in 0..<20 {
                let pause = backoff.next(after: lost, using: &generator)
                #expect(pause <= min(ReconnectBackoff.cap, ReconnectBackoff.base * (1 << min(failures, 10))))
            }
            backoff.reset()
            let pause = backoff.next(after: lost, using: &generator)
            #expect(pause <= ReconnectBackoff.base)
        }
    }
}
