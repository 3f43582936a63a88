internal import RedisClient

/// One request to `cycle.lua`: ends leases, forwards, leases the next.
struct CycleRequest {
    let outcomes: [Outcome]
    let count: Int
    let leaseTime: Duration
    let consumer: String
    /// Its number, which no other request has; every try of it has the same.
    let number: UInt64

    /// Encodes a try of it, from 1; `desks` knows every queue that may be forwarded to.
    func invocation(for desk: QueueDesk, desks: LeaseQueueDesks, try attempt: Int) throws -> RedisInvocation {
        var numbers = desk.cycle
        var targets = ForwardTargets(of: desk)
        let rows = try forwardRows(&numbers, &targets, desks: desks)
        var invocation = numbers.invocation
        invocation.reserve(256 + outcomes.count * 96)
        appendHead(to: &invocation, desk, try: attempt)
        targets.append(to: &invocation)
        appendOutcomes(to: &invocation, desk.configuration)
        for row in rows { row.append(to: &invocation) }
        return invocation
    }

    private func appendHead(to invocation: inout RedisInvocation, _ desk: QueueDesk, try attempt: Int) {
        invocation.append(desk.configuration.name.rawValue)
        invocation.append(consumer)
        invocation.append(count)
        invocation.append(leaseTime.milliseconds)
        invocation.append(desk.configuration.maximumAttempts)
        invocation.append(desk.configuration.maximumCrashes)
        invocation.append(number)
        invocation.append(attempt)
        invocation.append(desk.attendance.isDue() ? 1 : 0)
        invocation.append(outcomes.count)
        invocation.append(outcomes.map(\.letter))
    }

    private func appendOutcomes(to invocation: inout RedisInvocation, _ configuration: QueueConfiguration) {
        for outcome in outcomes { invocation.append(outcome.lease.id) }
        for outcome in outcomes { invocation.append(outcome.lease.token.rawValue, digits: 16) }
        var generator = SystemRandomNumberGenerator()
        for case .fail(let lease, let error, _) in outcomes {
            // While the token is the newest, the lease's count of attempts is the server's.
            let delay = configuration.backoff.delay(afterFailures: lease.attempt, using: &generator)
            invocation.append(delay.milliseconds)
            invocation.append(error.prefix(bytes: 2000))
        }
    }

    private func forwardRows(
        _ numbers: inout KeyNumbers, _ targets: inout ForwardTargets, desks: LeaseQueueDesks
    ) throws -> [ForwardRow] {
        var rows: [ForwardRow] = []
        for (index, outcome) in outcomes.enumerated() {
            for forward in outcome.forwards {
                let desk = try desks.desk(forward.queue)
                try forward.job.validate(for: desk.configuration)
                let place = numbers.place(
                    of: forward.queue, keys: desk.keys, priority: forward.job.priority,
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

/// The other queues that jobs may go to, as `cycle.lua` numbers them: first the one that is told of dead letters.
private struct ForwardTargets {
    private let own: QueueName
    private let isFirstTold: Bool
    private var queues: [(name: QueueName, jobs: Int)]

    init(of desk: QueueDesk) {
        own = desk.configuration.name
        isFirstTold = desk.notice != nil
        queues = desk.notice.map { [$0] } ?? []
    }

    /// A queue's number; 0 is the queue itself. They are few, so looking through them beats a table.
    mutating func number(of queue: QueueName, jobs: Int) -> Int {
        if queue == own { return 0 }
        if let index = queues.firstIndex(where: { $0.name == queue }) { return index + 1 }
        queues.append((queue, jobs))
        return queues.count
    }

    func append(to invocation: inout RedisInvocation) {
        invocation.append(queues.count)
        invocation.append(isFirstTold ? 1 : 0)
        for queue in queues {
            invocation.append(queue.name.rawValue)
            invocation.append(queue.jobs)
        }
    }
}

/// A follow-up job as `cycle.lua` reads it.
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

/// A new job as `insert.lua` reads it.
struct JobRow {
    let place: Int
    let job: Job

    func append(to invocation: inout RedisInvocation) {
        invocation.append(place)
        invocation.append(job.priority)
        // A delay that rounds to nothing is one of a millisecond: the row says that the job goes to the delayed.
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
    /// The longest beginning of whole characters (Unicode scalars) that has no more than `bytes` bytes of UTF-8.
    func prefix(bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: bytes)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
