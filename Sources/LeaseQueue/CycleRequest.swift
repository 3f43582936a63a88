internal import RedisClient

/// One run of `cycle.lua`: ends leases, forwards, leases the next.
struct CycleRequest {
    let outcomes: [Outcome]
    let count: Int
    let leaseTime: Duration
    let consumer: String

    /// Encodes the run; `desks` knows every queue that may be forwarded to.
    func invocation(for desk: QueueDesk, desks: LeaseQueueDesks) throws -> RedisInvocation {
        var invocation = desk.cycle
        var notice = 0
        var rows: [ForwardRow] = []
        // Without follow-up jobs the keys are those that were encoded once.
        if desk.configuration.deadLetterNotice != nil || outcomes.contains(where: { !$0.forwards.isEmpty }) {
            var numbers = KeyNumbers(desk.cycle, keys: desk.cycleKeys)
            rows = try forwardRows(&numbers, desks: desks)
            if let queue = desk.configuration.deadLetterNotice {
                let keys = try desks.desk(queue).keys
                notice = numbers.appendThree(keys.jobs, keys.wake, keys.ready(5))
            }
            invocation = numbers.invocation
        }
        invocation.reserve(256 + outcomes.count * 96)
        appendHead(to: &invocation, desk.configuration, notice: notice)
        appendOutcomes(to: &invocation, desk.configuration)
        for row in rows { row.append(to: &invocation) }
        return invocation
    }

    private func appendHead(to invocation: inout RedisInvocation, _ configuration: QueueConfiguration, notice: Int) {
        invocation.append(configuration.name.rawValue)
        invocation.append(consumer)
        invocation.append(count)
        invocation.append(leaseTime.milliseconds)
        invocation.append(configuration.maximumAttempts)
        invocation.append(configuration.maximumCrashes)
        invocation.append(notice)
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

    private func forwardRows(_ numbers: inout KeyNumbers, desks: LeaseQueueDesks) throws -> [ForwardRow] {
        var rows: [ForwardRow] = []
        for (index, outcome) in outcomes.enumerated() {
            for forward in outcome.forwards {
                let keys = try desks.desk(forward.queue).keys
                try forward.job.validate()
                let place = numbers.place(
                    of: forward.queue, keys: keys, priority: forward.job.priority,
                    isDelayed: forward.job.delay > .zero)
                rows.append(
                    ForwardRow(
                        outcome: index + 1, jobs: place.jobs, wake: place.wake,
                        row: JobRow(place: place.place, job: forward.job)))
            }
        }
        return rows
    }
}

/// A follow-up job as `cycle.lua` reads it.
private struct ForwardRow {
    let outcome: Int
    let jobs: Int
    let wake: Int
    let row: JobRow

    func append(to invocation: inout RedisInvocation) {
        invocation.append(outcome)
        invocation.append(jobs)
        invocation.append(wake)
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
