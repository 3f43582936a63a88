internal import FoundationEssentials
internal import LeaseQueue
internal import ModelRunner
internal import Support

/// What travels in the queues' payloads, as JSON with one key that names the kind: `{"point":{"code":"0.21,…"}}`.
enum RingMessage: Equatable {
    case point(PointMessage)
    case running(RunningMessage)
    case failure(FailureMessage)
    case result(ResultMessage)
    case search(SearchMessage)
}

/// A point on its way through `main_sql`, `main` and `explore`, where its job's id is its hash.
struct PointMessage: Codable, Equatable {
    /// The values in the exploration's declared order.
    var code: String
    /// The hash of the stable point that it was reached from; nil for a start point.
    var parent: String?
    /// On `explore`, what was found there; nil for stable, as nearly all of them are.
    var verdict: Verdict?
}

/// Who runs a point, and with what: the same in every message about an attempt.
struct AttemptMessage: Codable, Equatable {
    /// The point's hash.
    var hash: String
    /// The point's code, so that a message can be understood on its own.
    var code: String
    /// The fencing token of the worker's lease: of two messages about a point, that with the greater one is newer.
    var token: UInt64
    /// Which try at the point it is, from 1.
    var attempt: Int
    var worker: String
    var host: String
    var model: String
    var modelVersion: String
    /// Microseconds since 1970, UTC.
    var startedAt: Int64
    /// The Kubernetes pod and the node, where they are known.
    var pod: String?
    var node: String?
    /// Of the definition that the worker goes by.
    var explorationDigest: String?
    var softwareVersion: String?
}

extension AttemptMessage {
    /// The id of a job that tells of the attempt: one for each, so that two attempts at a point cannot be taken for one
    /// another.
    var jobID: String { "\(hash)#\(token)" }
}

/// A worker has begun to run a point.
struct RunningMessage: Codable, Equatable {
    var attempt: AttemptMessage
}

/// An attempt at a point has failed.
struct FailureMessage: Codable, Equatable {
    var attempt: AttemptMessage
    /// Microseconds since 1970, UTC.
    var endedAt: Int64
    /// `timeout`, `signal`, `exit`, …: ``ModelRunner/ModelFailure``'s kinds.
    var kind: String
    var message: String
    /// The end of the model's log.
    var logTail: String
    /// The exit status or the signal, where there was one.
    var exitStatus: String?
    /// In bytes.
    var peakMemory: Int?
}

/// A point has its verdict.
struct ResultMessage: Codable, Equatable {
    var attempt: AttemptMessage
    /// Microseconds since 1970, UTC.
    var endedAt: Int64
    var verdict: Verdict
    var message: String
    var iterations: Int?
    /// By the output's name; an output that the model left out is absent.
    var outputs: [String: Double]
    /// Where the run's files are kept.
    var artifact: String?
    /// In bytes.
    var peakMemory: Int?
    /// The last lines of the model's log.
    var logTail: String?
    var exitStatus: String?
}

extension RingMessage: Codable {
    private enum Kind: String, CodingKey, CaseIterable {
        case point, running, failure, result, search
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Kind.self)
        guard let kind = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a message has exactly one of the keys point, running, failure, result, search"))
        }
        switch kind {
        case .point: self = .point(try container.decode(PointMessage.self, forKey: kind))
        case .running: self = .running(try container.decode(RunningMessage.self, forKey: kind))
        case .failure: self = .failure(try container.decode(FailureMessage.self, forKey: kind))
        case .result: self = .result(try container.decode(ResultMessage.self, forKey: kind))
        case .search: self = .search(try container.decode(SearchMessage.self, forKey: kind))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Kind.self)
        switch self {
        case .point(let message): try container.encode(message, forKey: .point)
        case .running(let message): try container.encode(message, forKey: .running)
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

    /// - Throws: ``MessageError`` where the payload is not a message.
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

/// A payload that a consumer cannot use.
struct MessageError: Error, CustomStringConvertible {
    let description: String

    static func unexpected(_ queue: QueueName) -> MessageError {
        MessageError(description: "the message does not belong in the queue \(queue.rawValue)")
    }
}
