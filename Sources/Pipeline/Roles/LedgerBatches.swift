internal import ExplorationFile
internal import LeaseQueue
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import Support

/// Writes a batch of messages into the ledger and says what becomes of their jobs.
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

    /// - Throws: ``MessageError`` or ``ParameterSpace/PointError`` where a message is of no use, and what the ledger
    ///   throws; nothing of the batch is in the ledger then.
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

    /// New points become `queued` and go on to `main`.
    ///
    /// A point that was there already goes on only where a former holder of this job may have died (or its commit's
    /// answer was lost) between its commit and its forward, and the ledger still has the point `queued`. A proposal
    /// from another parent must not: the point may be run by now, its result on the way to the ledger.
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
            let goesOn =
                switch outcome {
                case .inserted: true
                case .known(let state): state == .queued && mayBeOurs
                }
            guard goesOn else { return .complete(lease, forward: []) }
            let job =
                parent == proposed.parent
                ? Job(id: lease.id, payload: lease.payload, priority: lease.priority)
                : .point(
                    proposed.hash, code: proposed.point.code, parent: parent?.description, priority: lease.priority)
            return .complete(lease, forward: [Forward(queue: RingQueues.main, job: job)])
        }
    }

    private func recordRunning(_ messages: Messages, _ queue: QueueName) async throws -> [Outcome] {
        let records = try messages.map { _, message in
            guard case .running(let running) = message else { throw MessageError.unexpected(queue) }
            return try attempt(running.attempt)
        }
        try await ring.ledger.recordRunning(records, in: definition.table)
        return messages.map { .complete($0.0, forward: []) }
    }

    /// Failed attempts, and the notices that a point's job has become a dead letter, which carry the point itself.
    private func recordErrors(_ messages: Messages, _ queue: QueueName) async throws -> [Outcome] {
        var failures: [FailureRecord] = []
        var exhausted: [ExhaustedRecord] = []
        for (lease, message) in messages {
            switch message {
            case .failure(let failure):
                failures.append(
                    FailureRecord(
                        run: try attempt(failure.attempt), endedAt: failure.endedAt, kind: failure.kind,
                        message: failure.message, logTail: failure.logTail, exitStatus: failure.exitStatus,
                        peakMemory: failure.peakMemory.map(Int64.init)))
            case .point(let notice):
                let point = try definition.space.point(code: notice.code)
                guard let token = lease.originToken else { throw MessageError.unexpected(queue) }
                exhausted.append(
                    ExhaustedRecord(
                        hash: definition.space.hash(of: point).bytes, token: token.rawValue,
                        message: "given up: its attempts are used up"))
            default:
                throw MessageError.unexpected(queue)
            }
        }
        try await ring.ledger.recordFailures(failures, in: definition.table)
        try await ring.ledger.recordExhausted(exhausted, in: definition.table)
        return messages.map { .complete($0.0, forward: []) }
    }

    /// Verdicts; the points whose verdict by the ledger leads on go to `explore`.
    private func recordResults(_ messages: Messages, _ queue: QueueName) async throws -> [Outcome] {
        let results = try messages.map { lease, message in
            guard case .result(let result) = message else { throw MessageError.unexpected(queue) }
            return (lease: lease, result: result)
        }
        let verdicts = try await ring.ledger.recordCompleted(
            results.map { try record($0.result) }, in: definition.table)
        return zip(results, verdicts).map { completed, verdict in
            guard leadingVerdicts.contains(verdict) else { return .complete(completed.lease, forward: []) }
            let message = RingMessage.point(
                PointMessage(code: completed.result.attempt.code, verdict: verdict == .stable ? nil : .unstable))
            let job = Job(id: completed.result.attempt.hash, payload: message.payload())
            return .complete(completed.lease, forward: [Forward(queue: RingQueues.explore, job: job)])
        }
    }

    private func record(_ result: ResultMessage) throws -> CompletedRecord {
        CompletedRecord(
            run: try attempt(result.attempt), endedAt: result.endedAt,
            verdict: result.verdict == .stable ? .stable : .unstable,
            outputs: definition.model.outputs.map { result.outputs[$0.name] }, iterations: result.iterations,
            message: result.message, artifact: result.artifact, peakMemory: result.peakMemory.map(Int64.init),
            logTail: result.logTail, exitStatus: result.exitStatus)
    }

    private func attempt(_ message: AttemptMessage) throws -> Attempt {
        Attempt(
            hash: try hash(message.hash).bytes, token: message.token, attempt: message.attempt,
            worker: message.worker, host: message.host, model: message.model, modelVersion: message.modelVersion,
            startedAt: message.startedAt, pod: message.pod, node: message.node,
            explorationDigest: message.explorationDigest, softwareVersion: message.softwareVersion)
    }

    private func hash(_ text: String) throws -> PointHash {
        guard let hash = PointHash(text) else { throw MessageError(description: "'\(text)' is not a point's hash") }
        return hash
    }
}
