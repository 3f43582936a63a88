internal import FoundationEssentials
internal import LeaseQueue
internal import ParameterSpace
internal import RunLedger
internal import Support

/// The payload of a job, as JSON with one key that names the kind: `{"point":{"code":"0.21,…"}}`.
enum RingMessage: Equatable {
    case point(PointMessage)
    case running(RunningMessage)
    /// A worker has given up an attempt without an end; the point waits again.
    case released(ReleasedRecord)
    /// An attempt at a point has failed.
    case failure(FailureRecord)
    case result(ResultMessage)
    case search(SearchMessage)
}

/// A point on its way through `main_sql`, `main` and `explore`, where its job's id is its hash.
struct PointMessage: Codable, Equatable {
    /// The values in the exploration's declared order.
    var code: String
    /// The hash of the stable point that it was reached from; `nil` for a start point.
    var parent: String?
    /// On `explore`, the point's verdict; `nil` for stable, as nearly all of them are.
    var verdict: Verdict?
}

extension Attempt {
    /// The id of a job about the attempt. It differs between two attempts at a point.
    var jobID: String { "\(hashHex)#\(token)" }
}

/// A worker has started to run a point.
struct RunningMessage: Codable, Equatable {
    var attempt: Attempt
}

/// A point has its verdict.
struct ResultMessage: Codable, Equatable {
    var attempt: Attempt
    /// Microseconds since 1970, UTC.
    var endedAt: Int64
    var verdict: Verdict
    var message: String
    var iterations: Int?
    /// By the output's name; an output that the model left out is absent.
    var outputs: [String: Double]
    /// The location of the run's stored files.
    var artifact: String?
    /// In bytes.
    var peakMemory: Int?
    /// The last lines of the model's log.
    var logTail: String?
    var exitStatus: String?
}

extension RingMessage: Codable {
    private enum Kind: String, CodingKey, CaseIterable {
        case point, running, released, failure, result, search
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Kind.self)
        guard let kind = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a message has exactly one of the keys "
                        + Kind.allCases.map(\.rawValue).joined(separator: ", ")))
        }
        switch kind {
        case .point: self = .point(try container.decode(PointMessage.self, forKey: kind))
        case .running: self = .running(try container.decode(RunningMessage.self, forKey: kind))
        case .released: self = .released(try container.decode(ReleasedRecord.self, forKey: kind))
        case .failure: self = .failure(try container.decode(FailureRecord.self, forKey: kind))
        case .result: self = .result(try container.decode(ResultMessage.self, forKey: kind))
        case .search: self = .search(try container.decode(SearchMessage.self, forKey: kind))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Kind.self)
        switch self {
        case .point(let message): try container.encode(message, forKey: .point)
        case .running(let message): try container.encode(message, forKey: .running)
        case .released(let message): try container.encode(message, forKey: .released)
        case .failure(let message): try container.encode(message, forKey: .failure)
        case .result(let message): try container.encode(message, forKey: .result)
        case .search(let message): try container.encode(message, forKey: .search)
        }
    }

    /// The payload's bytes.
    func payload() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            return Array(try encoder.encode(self))
        } catch {
            preconditionFailure("a message of texts and numbers can always be encoded: \(error)")
        }
    }

    /// - Throws: ``MessageError`` if the payload is not a message.
    init(payload: [UInt8]) throws(MessageError) {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            self = try decoder.decode(RingMessage.self, from: Data(payload))
        } catch {
            throw MessageError(description: "the payload is not a message of the ring: \(error)")
        }
    }
}

/// The progress of a search that goes through more than one finished point: the payload of the one job on `explore`
/// that carries it on. The holder of that job takes the next step, and puts the job back in the same atomic call.
enum SearchMessage: Equatable {
    /// The points of a sequence from this index on are still to be proposed.
    case sequence(next: Int)
    /// A global search plans its next batch once the last one is finished.
    ///
    /// - Parameter waits: how often the last batch was found unfinished.
    case planBatch(waits: Int)
    /// A local search starts its second phase once the first one has ended; until then the first is active.
    ///
    /// - Parameter waits: how often the first phase was found active.
    case startSecondPhase(waits: Int)
    /// The finished points in the ledger are to be expanded: those with this verdict and a greater hash.
    ///
    /// - Parameter within: the tolerance of the budget that asked for it. Pages that were expanded for another
    ///   tolerance do not count.
    case expandKnown(verdict: Verdict, after: String?, within: Int? = nil)

    /// The id of the message's job. There is one job of each kind, however often and by whom it was wanted.
    var jobID: String { jobIDs[0] }

    /// The ids that the message's job may have in the queue: today's, then that of earlier versions.
    var jobIDs: [String] {
        switch self {
        case .sequence: ["sequence"]
        case .planBatch: ["plan-batch", "plan"]
        case .startSecondPhase: ["start-second-phase", "then"]
        case .expandKnown(_, _, let tolerance):
            ["expand-known", "known"].map { id in tolerance.map { "\(id)-within-\($0)" } ?? id }
        }
    }
}

extension SearchMessage: Codable {
    /// The kinds with their keys; `plan`, `then` and `known` are the words of earlier versions.
    private enum Kind: String, CodingKey, CaseIterable {
        case sequence, planBatch, startSecondPhase, expandKnown
        case plan, then, known
    }

    private enum Field: String, CodingKey {
        case next, waits, verdict, after, within
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Kind.self)
        guard let kind = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a search has exactly one known key"))
        }
        let fields = try container.nestedContainer(keyedBy: Field.self, forKey: kind)
        switch kind {
        case .sequence: self = .sequence(next: try fields.decode(Int.self, forKey: .next))
        case .planBatch, .plan: self = .planBatch(waits: try fields.decode(Int.self, forKey: .waits))
        case .startSecondPhase, .then: self = .startSecondPhase(waits: try fields.decode(Int.self, forKey: .waits))
        case .expandKnown, .known:
            self = .expandKnown(
                verdict: try fields.decode(Verdict.self, forKey: .verdict),
                after: try fields.decodeIfPresent(String.self, forKey: .after),
                within: try fields.decodeIfPresent(Int.self, forKey: .within))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Kind.self)
        func fields(_ kind: Kind) -> KeyedEncodingContainer<Field> {
            container.nestedContainer(keyedBy: Field.self, forKey: kind)
        }
        switch self {
        case .sequence(let next):
            var fields = fields(.sequence)
            try fields.encode(next, forKey: .next)
        case .planBatch(let waits):
            var fields = fields(.planBatch)
            try fields.encode(waits, forKey: .waits)
        case .startSecondPhase(let waits):
            var fields = fields(.startSecondPhase)
            try fields.encode(waits, forKey: .waits)
        case .expandKnown(let verdict, let last, let tolerance):
            var fields = fields(.expandKnown)
            try fields.encode(verdict, forKey: .verdict)
            try fields.encodeIfPresent(last, forKey: .after)
            try fields.encodeIfPresent(tolerance, forKey: .within)
        }
    }
}

extension Job {
    /// The job of a point on `main_sql` or `main`.
    ///
    /// - Parameter parent: the hash of the point that it was reached from.
    static func point(
        _ hash: PointHash, code: String, parent: String?, priority: Int = Proposal.defaultPriority
    ) -> Job {
        let message = PointMessage(code: code, parent: parent)
        return Job(id: hash.description, payload: RingMessage.point(message).payload(), priority: priority)
    }

    /// The one job on `explore` that carries a search on.
    static func search(_ message: SearchMessage, after delay: Duration = .zero) -> Job {
        Job(id: message.jobID, payload: RingMessage.search(message).payload(), delay: delay)
    }
}

extension LeaseQueues {
    /// Whether the job that carries a search on is in `explore`, under its present id or that of an earlier version.
    func contains(_ search: SearchMessage) async throws -> Bool {
        try await states(of: search.jobIDs, in: RingQueues.explore).contains { $0 != nil }
    }
}

/// A payload that a consumer cannot use.
struct MessageError: Error, CustomStringConvertible {
    let description: String

    static func unexpected(_ queue: QueueName) -> MessageError {
        MessageError(description: "the message does not belong in the queue \(queue.rawValue)")
    }
}
