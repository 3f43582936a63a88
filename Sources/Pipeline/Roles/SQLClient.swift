internal import ExplorationFile
package import Health
internal import LeaseQueue
internal import Logging
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import ServiceLifecycle
internal import Support

/// Carries points and results between the queues and the ledger.
///
/// Each batch is one transaction; its leases are completed only after the commit. If the process dies in between,
/// another one gets the batch, and its writes change nothing.
package struct SQLClient: Service {
    let ring: Ring
    private let batches: LedgerBatches
    private let heartbeat: Heartbeat?

    package init(_ ring: Ring, heartbeat: Heartbeat? = nil) {
        self.ring = ring
        self.heartbeat = heartbeat
        batches = LedgerBatches(ring)
    }

    /// The time that this role takes, after SIGTERM, for the messages that workers left when they ended.
    private static let lastMessagesLimit = Duration.seconds(2)

    package func run() async throws {
        var sizes: [QueueName: LedgerBatchSizer] = [:]
        try await RoleLoop(logger: ring.logger, heartbeat: heartbeat).run {
            var worked = false
            for queue in RingQueues.toLedger where !Task.isShuttingDownGracefully && !Task.isCancelled {
                worked = try await drainOnce(queue, &sizes[queue, default: LedgerBatchSizer()]) || worked
            }
            if !worked {
                _ = try await ring.queues.waitForWork(in: RingQueues.toLedger, upTo: .seconds(1))
            }
        }
        if Task.isShuttingDownGracefully { await recordLastMessages() }
    }

    /// Records the messages of workers that ended before this role, so that the ledger shows no run that has no worker.
    ///
    /// An error is not reported: the messages stay in their queues.
    private func recordLastMessages() async {
        let deadline = ContinuousClock.now + Self.lastMessagesLimit
        var size = LedgerBatchSizer()
        for queue in RingQueues.toLedger where queue != RingQueues.mainSQL {
            while .now < deadline, (try? await drainOnce(queue, &size)) == true {}
        }
    }

    /// Handles one batch of a queue. The queues take turns, so that none of them starves the others.
    private func drainOnce(_ queue: QueueName, _ size: inout LedgerBatchSizer) async throws -> Bool {
        let leases = try await lease(size.limit, from: queue)
        guard !leases.isEmpty else { return false }
        let start = ContinuousClock.now
        do {
            try await finish(try await write(leases, of: queue), in: queue)
        } catch {
            // If this fails, too, nothing is lost: the leases expire.
            try? await finish(leases.map { .release($0) }, in: queue)
            throw error
        }
        let elapsed = start.duration(to: .now)
        size.record(jobs: leases.count, bytes: leases.reduce(0) { $0 + $1.payload.count }, in: elapsed)
        RingMetrics.recordBatch(leases.count, from: queue, in: elapsed)
        return true
    }

    /// Leases up to `count` jobs, which may take more than one call.
    private func lease(_ count: Int, from queue: QueueName) async throws -> [Lease] {
        var leases: [Lease] = []
        while leases.count < count {
            let wanted = min(count - leases.count, Self.callLimit)
            do {
                let more = try await ring.queues.lease(wanted, from: queue).leases
                leases += more
                if more.count < wanted { break }
            } catch {
                // Write what was leased before.
                if leases.isEmpty { throw error }
                break
            }
        }
        return leases
    }

    /// Ends leases, which may take more than one call. Each call is atomic.
    private func finish(_ outcomes: [Outcome], in queue: QueueName) async throws {
        var rest = outcomes[...]
        while !rest.isEmpty {
            _ = try await ring.queues.finish(Array(rest.prefix(Self.callLimit)), in: queue)
            rest = rest.dropFirst(Self.callLimit)
        }
    }

    /// The largest number of jobs in one call to the queue.
    private static let callLimit = 1_000

    /// Writes a batch. If the ledger refuses it, finds the messages that are at fault, so that one poison row cannot hold
    /// up the others.
    ///
    /// - Throws: outages. If the ledger refuses every message of a sample for the same reason, that is one, too: a
    ///   trigger or a constraint is broken, and the messages wait until it is repaired.
    private func write(_ leases: [Lease], of queue: QueueName) async throws -> [Outcome] {
        switch try await attempt(leases, of: queue) {
        case .success(let outcomes): return outcomes
        case .failure(let error) where leases.count == 1: return [fail(leases[0], error, in: queue)]
        case .failure: break
        }
        // Spread over the batch, since the messages of one worker, which may all be wrong, are next to each other.
        let step = max(1, leases.count / Self.sampleSize)
        var outcomes: [Outcome] = []
        var refused: [(lease: Lease, error: any Error)] = []
        var rest: [Lease] = []
        for (index, lease) in leases.enumerated() {
            guard index % step == 0 else {
                rest.append(lease)
                continue
            }
            switch try await attempt([lease], of: queue) {
            case .success(let written): outcomes += written
            case .failure(let error): refused.append((lease, error))
            }
        }
        if outcomes.isEmpty, refused.count > 1, let error = LedgerError.common(to: refused.map(\.error)) {
            throw error.blamingServer
        }
        return outcomes + refused.map { fail($0, $1, in: queue) } + (try await writeHalves(rest, of: queue))
    }

    /// Writes messages, or their halves, down to single messages, which fail if the ledger refuses them.
    private func writeHalves(_ leases: [Lease], of queue: QueueName) async throws -> [Outcome] {
        guard !leases.isEmpty else { return [] }
        switch try await attempt(leases, of: queue) {
        case .success(let outcomes): return outcomes
        case .failure(let error) where leases.count == 1: return [fail(leases[0], error, in: queue)]
        case .failure:
            let half = leases.count / 2
            return try await writeHalves(Array(leases[..<half]), of: queue)
                + writeHalves(Array(leases[half...]), of: queue)
        }
    }

    /// - Returns: the outcomes, or the error that blames the messages.
    /// - Throws: outages, and cancellation.
    private func attempt(_ leases: [Lease], of queue: QueueName) async throws -> Result<[Outcome], any Error> {
        do {
            return .success(try await batches.write(leases, of: queue))
        } catch  where !isOutage(error) && !(error is CancellationError) {
            return .failure(error)
        }
    }

    private func fail(_ lease: Lease, _ error: any Error, in queue: QueueName) -> Outcome {
        ring.logger.error(
            "message refused by the ledger",
            metadata: ["queue": "\(queue.rawValue)", "job": "\(lease.id)", "error": "\(error)"])
        return .fail(lease, error: "\(error)", forward: [])
    }

    /// The number of messages of a refused batch that are written one by one.
    private static let sampleSize = 16
}

extension LedgerError {
    /// The error of the server that all of `errors` are; `nil` if they differ, or are not the server's.
    fileprivate static func common(to errors: [any Error]) -> LedgerError? {
        guard let first = errors.first as? LedgerError, let code = first.serverCode,
            errors.allSatisfy({ ($0 as? LedgerError)?.serverCode == code })
        else { return nil }
        return first
    }
}

/// Writes a batch of messages into the ledger and decides the outcomes of their jobs.
struct LedgerBatches: Sendable {
    let ring: Ring
    private let leadingVerdicts: Set<Verdict>
    private let warmStarts: WarmStarts?

    init(_ ring: Ring) {
        self.ring = ring
        leadingVerdicts = ring.definition.leadingVerdicts
        warmStarts = WarmStarts(ring.definition)
    }

    private var definition: ExplorationDefinition { ring.definition }

    /// - Throws: ``MessageError`` or ``ParameterSpace/PointError`` for a malformed message, and the ledger's errors;
    ///   nothing of the batch is in the ledger then.
    func write(_ leases: [Lease], of queue: QueueName) async throws -> [Outcome] {
        let messages = try leases.map { try RingMessage(payload: $0.payload) }
        switch queue {
        case RingQueues.mainSQL: return try await insert(zip(leases, messages), queue)
        case RingQueues.runningSQL: return try await recordRunning(zip(leases, messages), queue)
        case RingQueues.errorSQL: return try await recordErrors(zip(leases, messages), queue)
        default: return try await recordResults(zip(leases, messages), queue)
        }
    }

    private typealias Messages = Zip2Sequence<[Lease], [RingMessage]>

    /// New points become `queued` and are forwarded to `main`.
    ///
    /// A point that the ledger had already is forwarded only if an earlier holder of this job may have died (or its
    /// commit's reply was lost) between its commit and its forward, and the ledger still has the point `queued`. A
    /// proposal from another parent must not be forwarded: the point may have been run by now, with its result on the
    /// way to the ledger.
    private func insert(_ messages: Messages, _ queue: QueueName) async throws -> [Outcome] {
        let proposed = try messages.map { _, message in
            guard case .point(let proposal) = message else { throw MessageError.unexpected(queue) }
            let point = try definition.space.point(code: proposal.code)
            return WarmStarts.Proposed(
                point: point, hash: definition.space.hash(of: point), parent: try proposal.parent.map(hash))
        }
        let parents =
            try await warmStarts?.parents(of: proposed) {
                try await ring.ledgerPoints($0)
            } ?? proposed.map(\.parent)
        let points = zip(proposed, parents).map { proposed, parent in
            QueuedPoint(
                hash: proposed.hash.bytes, code: proposed.point.code,
                values: proposed.point.values.map(\.doubleValue), parent: parent?.bytes)
        }
        let reply = try await ring.ledger.insertQueued(points, into: definition.table)
        return zip(zip(messages, proposed), zip(parents, reply.outcomes)).map { job, written in
            let (((lease, _), proposed), (parent, outcome)) = (job, written)
            let mayBeOurs = lease.deliveries > 1 || reply.retriedAfterUnknownCommit
            let isForwarded =
                switch outcome {
                case .inserted: true
                case .known(let state): state == .queued && mayBeOurs
                }
            guard isForwarded else { return .complete(lease, forward: []) }
            let job =
                parent == proposed.parent
                ? Job(id: lease.id, payload: lease.payload, priority: lease.priority)
                : .point(
                    proposed.hash, code: proposed.point.code, parent: parent?.description, priority: lease.priority)
            return .complete(lease, forward: [Forward(queue: RingQueues.main, job: job)])
        }
    }

    /// Records starts of runs, and attempts that were given up.
    private func recordRunning(_ messages: Messages, _ queue: QueueName) async throws -> [Outcome] {
        var started: [Attempt] = []
        var released: [ReleasedRecord] = []
        for (_, message) in messages {
            switch message {
            case .running(let running): started.append(running.attempt)
            case .released(let record): released.append(record)
            default: throw MessageError.unexpected(queue)
            }
        }
        try await ring.ledger.recordRunning(started, in: definition.table)
        try await ring.ledger.recordReleased(released, in: definition.table)
        return messages.map { .complete($0.0, forward: []) }
    }

    /// Records failed attempts, and the notices that a point's job has become a dead letter, which carry the point.
    private func recordErrors(_ messages: Messages, _ queue: QueueName) async throws -> [Outcome] {
        var failures: [FailureRecord] = []
        var exhausted: [ExhaustedRecord] = []
        for (lease, message) in messages {
            switch message {
            case .failure(let failure):
                failures.append(failure)
            case .point(let notice):
                let point = try definition.space.point(code: notice.code)
                guard let token = lease.originToken else { throw MessageError.unexpected(queue) }
                exhausted.append(
                    ExhaustedRecord(
                        hash: definition.space.hash(of: point).bytes, token: token.rawValue,
                        message: "given up: no attempts left"))
            default:
                throw MessageError.unexpected(queue)
            }
        }
        try await ring.ledger.recordFailures(failures, in: definition.table)
        try await ring.ledger.recordExhausted(exhausted, in: definition.table)
        return messages.map { .complete($0.0, forward: []) }
    }

    /// Records verdicts. The points whose verdict, by the ledger, leads on are forwarded to `explore`.
    private func recordResults(_ messages: Messages, _ queue: QueueName) async throws -> [Outcome] {
        let results = try messages.map { lease, message in
            guard case .result(let result) = message else { throw MessageError.unexpected(queue) }
            return (lease: lease, result: result)
        }
        let verdicts = try await ring.ledger.recordCompleted(
            results.map { record($0.result) }, in: definition.table)
        return zip(results, verdicts).map { completed, verdict in
            guard leadingVerdicts.contains(verdict) else { return .complete(completed.lease, forward: []) }
            let message = RingMessage.point(
                PointMessage(code: completed.result.attempt.code, verdict: verdict == .stable ? nil : .unstable))
            let job = Job(id: completed.result.attempt.hashHex, payload: message.payload())
            return .complete(completed.lease, forward: [Forward(queue: RingQueues.explore, job: job)])
        }
    }

    private func record(_ result: ResultMessage) -> CompletedRecord {
        CompletedRecord(
            attempt: result.attempt, endedAt: result.endedAt, verdict: result.verdict,
            outputs: definition.model.outputs.map { result.outputs[$0.name] }, iterations: result.iterations,
            message: result.message, artifact: result.artifact, peakMemory: result.peakMemory.map(Int64.init),
            logTail: result.logTail, exitStatus: result.exitStatus)
    }

    private func hash(_ text: String) throws -> PointHash {
        guard let hash = PointHash(text) else { throw MessageError(description: "invalid hash '\(text)'") }
        return hash
    }
}

/// Sizes the batches of a queue: a transaction takes more jobs while more wait than it took, within the memory of a
/// process and the time of a lease.
package struct LedgerBatchSizer: Equatable {
    /// A batch of a queue with little to do is small.
    package static let minJobs = 100
    /// The fixed cost of a transaction is a small part of far fewer jobs. But the ledger writes a batch in the order of
    /// the hashes, and the more there are, the closer together they are: in a table of millions, most of a row's cost
    /// is the way to its page.
    package static let maxJobs = 12_000
    /// The payloads of a batch, in bytes. The logs of failures are large.
    package static let maxBytes = 3 << 20
    /// Far shorter than a lease.
    package static let maxTime = Duration.seconds(3)

    private(set) var limit = minJobs

    /// Learns from a batch: its number of jobs, their size and the time that they took.
    mutating func record(jobs: Int, bytes: Int, in time: Duration) {
        guard jobs > 0 else { return limit = Self.minJobs }
        if time > Self.maxTime || bytes > Self.maxBytes {
            limit = max(1, jobs / 2)
        } else if jobs >= limit {
            limit = min(limit * 2, Self.maxJobs, max(1, Self.maxBytes / max(1, bytes / jobs)))
        } else if jobs < limit / 2 {
            limit = max(Self.minJobs, limit / 2)
        }
    }
}
