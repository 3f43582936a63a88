internal import RedisClient

/// The reply of `cycle.lua`.
struct CycleReply {
    let results: [UInt8]
    let next: LeaseReply

    /// - Parameters:
    ///   - sent: when the request was sent, by this machine's monotonic clock.
    ///   - leaseTime: what was asked for.
    init(_ reply: RedisValue, queue: QueueName, sent: ContinuousClock.Instant, leaseTime: Duration) throws {
        guard let elements = reply.elements, elements.count >= 4, elements.count % 2 == 0,
            let control = elements[0].bytes.flatMap(ControlState.init(bytes:)), let wait = elements[1].number,
            let results = elements[2].bytes, let firstToken = elements[3].bytes
        else { throw LeaseQueueError.unexpectedReply("cycle", queue) }
        self.results = results
        var leases: [Lease] = []
        if elements.count > 4 {
            let count = elements.count / 2 - 2
            guard let tokens = Self.tokens(firstToken, count: count) else {
                throw LeaseQueueError.unexpectedReply("cycle", queue)
            }
            leases.reserveCapacity(count)
            for (index, token) in zip(stride(from: 4, to: elements.count, by: 2), tokens) {
                guard let id = elements[index].bytes, let bytes = elements[index + 1].bytes,
                    let record = JobRecord(bytes)
                else { throw LeaseQueueError.unexpectedReply("cycle", queue) }
                leases.append(
                    Lease(
                        queue: queue, id: String(decoding: id, as: UTF8.self), payload: record.payload,
                        priority: record.priority, token: FencingToken(rawValue: token),
                        originToken: record.originToken, attempt: record.failures + 1,
                        deliveries: record.failures + record.crashes + record.releases + 1,
                        enqueuedAt: record.enqueuedAt, leaseTime: leaseTime,
                        standing: LeaseStanding(sent: sent, leaseTime: leaseTime)))
            }
        }
        next = LeaseReply(leases: leases, control: control, nextEvent: wait < 0 ? nil : .milliseconds(wait))
    }

    /// The tokens of so many leases: all of them with commas, or the first, which the others follow.
    private static func tokens(_ text: [UInt8], count: Int) -> [UInt64]? {
        if let first = UInt64(digits: text) { return (0..<UInt64(count)).map { first + $0 } }
        let tokens = text.split(separator: UInt8(ascii: ",")).compactMap { UInt64(digits: Array($0)) }
        return tokens.count == count ? tokens : nil
    }
}

extension ControlState {
    /// The state of a name, without making a text of it.
    fileprivate init?(bytes: [UInt8]) {
        for state in [ControlState.run, .pause, .drain, .stop] where bytes.elementsEqual(state.rawValue.utf8) {
            self = state
            return
        }
        return nil
    }
}

extension UInt64 {
    /// The number of decimal digits, at most 18 of them.
    fileprivate init?(digits: [UInt8]) {
        guard (1...18).contains(digits.count) else { return nil }
        self = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            self = self * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
    }
}

extension LeaseQueueError {
    static func unexpectedReply(_ script: String, _ queue: QueueName) -> LeaseQueueError {
        LeaseQueueError(
            .unexpectedReply,
            "The server's answer to \(script) for queue \(queue) cannot be read; does another program write to its keys?"
        )
    }
}
