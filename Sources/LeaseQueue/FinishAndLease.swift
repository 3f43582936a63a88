internal import RedisClient
internal import Support

/// The request to `finish_and_lease.lua`, which ends leases, forwards follow-up jobs and leases the next jobs, and its
/// reply.
enum FinishAndLease {}

extension FinishAndLease {
    struct Request {
        let outcomes: [Outcome]
        let count: Int
        let leaseTime: Duration
        let consumer: String
        /// The unique number of the request, which is the same for all of its attempts.
        let number: UInt64

        /// Encodes an attempt, from 1. `handles` has every queue to which jobs may be forwarded.
        func invocation(for handle: QueueHandle, handles: QueueRegistry, attempt: Int) throws -> RedisInvocation {
            var numbers = handle.finishAndLeaseKeys
            var targets = ForwardTargets(of: handle)
            let rows = try forwardRows(&numbers, &targets, handles: handles)
            var invocation = numbers.invocation
            invocation.reserve(256 + outcomes.count * 96)
            appendHead(to: &invocation, handle, attempt: attempt)
            targets.append(to: &invocation)
            appendOutcomes(to: &invocation, handle.configuration)
            for row in rows { row.append(to: &invocation) }
            return invocation
        }

        private func appendHead(to invocation: inout RedisInvocation, _ handle: QueueHandle, attempt: Int) {
            invocation.append(handle.configuration.name.rawValue)
            invocation.append(consumer)
            invocation.append(count)
            invocation.append(leaseTime.milliseconds)
            invocation.append(handle.configuration.maximumAttempts)
            invocation.append(handle.configuration.maximumCrashes)
            invocation.append(number)
            invocation.append(attempt)
            invocation.append(handle.presence.isDue() ? 1 : 0)
            invocation.append(outcomes.count)
            invocation.append(outcomes.map(\.letter))
        }

        private func appendOutcomes(to invocation: inout RedisInvocation, _ configuration: QueueConfiguration) {
            for outcome in outcomes { invocation.append(outcome.lease.id) }
            for outcome in outcomes { invocation.append(outcome.lease.token.rawValue, digits: 16) }
            var generator = SystemRandomNumberGenerator()
            for outcome in outcomes {
                switch outcome {
                case .complete, .release: continue
                case .fail(let lease, let error, _), .giveUp(let lease, let error, _):
                    // If the token is the newest, the server has the same attempt count as the lease.
                    let delay = configuration.backoff.delay(afterFailures: lease.attempt, using: &generator)
                    invocation.append(delay.milliseconds)
                    invocation.append(error.prefix(bytes: 2000))
                }
            }
        }

        private func forwardRows(
            _ numbers: inout KeyNumbers, _ targets: inout ForwardTargets, handles: QueueRegistry
        ) throws -> [ForwardRow] {
            var rows: [ForwardRow] = []
            for (index, outcome) in outcomes.enumerated() {
                for forward in outcome.forwards {
                    let handle = try handles.handle(for: forward.queue)
                    try forward.job.validate(for: handle.configuration)
                    let place = numbers.place(
                        of: forward.queue, keys: handle.keys, priority: forward.job.priority,
                        isDelayed: forward.job.delay > .zero)
                    rows.append(
                        ForwardRow(
                            outcome: index + 1, target: targets.number(of: forward.queue, jobs: place.jobs),
                            row: JobRow(place: place.place, job: forward.job)))
                }
            }
            return rows
        }
    }
}

/// The other queues that jobs may go to, as `finish_and_lease.lua` numbers them. The queue that gets notices of dead
/// letters is the first one.
private struct ForwardTargets {
    private let own: QueueName
    private let getsNotices: Bool
    private var queues: [(name: QueueName, jobs: Int)]

    init(of handle: QueueHandle) {
        own = handle.configuration.name
        getsNotices = handle.notice != nil
        queues = handle.notice.map { [$0] } ?? []
    }

    /// Returns a queue's number; 0 is the queue itself. They are few, so that a search is faster than a dictionary.
    mutating func number(of queue: QueueName, jobs: Int) -> Int {
        if queue == own { return 0 }
        if let index = queues.firstIndex(where: { $0.name == queue }) { return index + 1 }
        queues.append((queue, jobs))
        return queues.count
    }

    func append(to invocation: inout RedisInvocation) {
        invocation.append(queues.count)
        invocation.append(getsNotices ? 1 : 0)
        for queue in queues {
            invocation.append(queue.name.rawValue)
            invocation.append(queue.jobs)
        }
    }
}

/// The arguments of a follow-up job for `finish_and_lease.lua`.
private struct ForwardRow {
    let outcome: Int
    let target: Int
    let row: JobRow

    func append(to invocation: inout RedisInvocation) {
        invocation.append(outcome)
        invocation.append(target)
        row.append(to: &invocation)
    }
}

/// The arguments of a new job for `insert.lua`.
struct JobRow {
    let place: Int
    let job: Job

    func append(to invocation: inout RedisInvocation) {
        invocation.append(place)
        invocation.append(job.priority)
        // At least a millisecond: a delay of 0 would mean that the key is a list of ready jobs.
        invocation.append(job.delay > .zero ? max(job.delay.milliseconds, 1) : 0)
        invocation.append(job.id)
        invocation.append(job.payload)
    }
}

extension Outcome {
    fileprivate var letter: UInt8 {
        switch self {
        case .complete: UInt8(ascii: "c")
        case .fail: UInt8(ascii: "f")
        case .giveUp: UInt8(ascii: "g")
        case .release: UInt8(ascii: "r")
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down; at most ten years.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(min(seconds, 315_360_000)) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}

extension String {
    /// The longest prefix of whole Unicode scalars that has no more than `bytes` bytes of UTF-8.
    func prefix(bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: bytes)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}

extension FinishAndLease {
    struct Reply {
        let results: [UInt8]
        let next: LeaseReply

        /// - Parameters:
        ///   - reply: the server's reply.
        ///   - queue: the queue of the leases.
        ///   - sent: when the request was sent, by this machine's monotonic clock.
        ///   - leaseTime: the lease time that was requested.
        init(_ reply: RedisValue, queue: QueueName, sent: ContinuousClock.Instant, leaseTime: Duration) throws {
            guard let elements = reply.elements, elements.count >= 4, elements.count % 2 == 0,
                let control = elements[0].bytes.flatMap(ControlState.init(bytes:)), let wait = elements[1].number,
                let results = elements[2].bytes, let firstToken = elements[3].bytes
            else { throw LeaseQueueError.unexpectedReply("finish_and_lease", queue) }
            self.results = results
            var leases: [Lease] = []
            if elements.count > 4 {
                let count = elements.count / 2 - 2
                guard let tokens = Self.tokens(firstToken, count: count) else {
                    throw LeaseQueueError.unexpectedReply("finish_and_lease", queue)
                }
                leases.reserveCapacity(count)
                for (index, token) in zip(stride(from: 4, to: elements.count, by: 2), tokens) {
                    guard let id = elements[index].bytes, let bytes = elements[index + 1].bytes,
                        let record = JobRecord(bytes)
                    else { throw LeaseQueueError.unexpectedReply("finish_and_lease", queue) }
                    leases.append(
                        Lease(
                            queue: queue, id: String(decoding: id, as: UTF8.self), payload: record.payload,
                            priority: record.priority, token: FencingToken(rawValue: token),
                            originToken: record.originToken, attempt: record.failures + 1,
                            deliveries: record.failures + record.crashes + record.releases + 1,
                            enqueuedAt: record.enqueuedAt, leaseTime: leaseTime,
                            state: LeaseState(sent: sent, leaseTime: leaseTime)))
                }
            }
            next = LeaseReply(leases: leases, control: control, nextEvent: wait < 0 ? nil : .milliseconds(wait))
        }

        /// Parses the tokens of `count` leases: all of them with commas, or the first of consecutive ones.
        private static func tokens(_ text: [UInt8], count: Int) -> [UInt64]? {
            if let first = UInt64(digits: text) { return (0..<UInt64(count)).map { first + $0 } }
            let tokens = text.split(separator: UInt8(ascii: ",")).compactMap { UInt64(digits: Array($0)) }
            return tokens.count == count ? tokens : nil
        }
    }
}

extension ControlState {
    /// The state with this name, without creating a `String`.
    fileprivate init?(bytes: [UInt8]) {
        for state in [ControlState.run, .pause, .drain, .stop] where bytes.elementsEqual(state.rawValue.utf8) {
            self = state
            return
        }
        return nil
    }
}

extension UInt64 {
    /// Parses 1 to 18 decimal digits.
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
            "invalid reply to \(script) for queue '\(queue)'; does another program write to its keys?"
        )
    }
}
