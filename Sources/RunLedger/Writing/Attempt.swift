public import Support

/// One attempt at a point: who runs it, under which lease, and with what.
///
/// Its JSON is part of every message about an attempt, so keys must not change.
public struct Attempt: Sendable, Hashable, Codable {
    /// The point's key: 32 bytes.
    @HexadecimalHash public var hash: [UInt8]
    /// The point's code, so that a message can be understood without the ledger. The ledger does not store it here.
    public var code: String
    /// The lease's fencing token, at least 1. Of two attempts at a point, the one with the greater token is newer.
    public var token: UInt64
    /// 1 plus the failures before this attempt.
    public var attempt: Int
    /// The worker's name, up to 255 characters, like all names here; longer ones are truncated.
    public var worker: String
    /// The machine.
    public var host: String
    /// The model's name.
    public var model: String
    /// The model's version: a digest of its executable or image.
    public var modelVersion: String
    /// Microseconds since 1970 UTC.
    public var startedAt: Int64
    /// The Kubernetes pod.
    public var pod: String?
    /// The node of the cluster.
    public var node: String?
    /// The digest of the worker's exploration definition, up to 128 characters.
    public var explorationDigest: String?
    /// The version of the worker's software.
    public var softwareVersion: String?

    /// Creates an attempt under the lease with this token.
    public init(
        hash: [UInt8], code: String = "", token: UInt64, attempt: Int, worker: String, host: String, model: String,
        modelVersion: String, startedAt: Int64, pod: String? = nil, node: String? = nil,
        explorationDigest: String? = nil, softwareVersion: String? = nil
    ) {
        self.hash = hash
        self.code = code
        self.token = token
        self.attempt = attempt
        self.worker = worker
        self.host = host
        self.model = model
        self.modelVersion = modelVersion
        self.startedAt = startedAt
        self.pod = pod
        self.node = node
        self.explorationDigest = explorationDigest
        self.softwareVersion = softwareVersion
    }

    /// The hash as 64 lower-case hexadecimal digits.
    public var hashHex: String { Hexadecimal.encode(hash) }
}

/// A failed attempt. Its JSON is the message about it, so keys must not change.
public struct FailureRecord: Sendable, Hashable, Codable {
    /// The attempt.
    public var attempt: Attempt
    /// Microseconds since 1970 UTC.
    public var endedAt: Int64
    /// The kind of failure in a word: `timeout`, `signal`, `exit`.
    public var kind: String
    /// The failure in a sentence; truncated to 16,000 characters.
    public var message: String
    /// The end of the model's log; its last 64 KiB are kept.
    public var logTail: String
    /// The exit status or signal of the process, if there was one.
    public var exitStatus: String?
    /// In bytes.
    public var peakMemory: Int64?

    /// Creates a failure of `attempt`.
    public init(
        attempt: Attempt, endedAt: Int64, kind: String, message: String, logTail: String, exitStatus: String? = nil,
        peakMemory: Int64? = nil
    ) {
        self.attempt = attempt
        self.endedAt = endedAt
        self.kind = kind
        self.message = message
        self.logTail = logTail
        self.exitStatus = exitStatus
        self.peakMemory = peakMemory
    }
}

/// An attempt that was given up without an end: the worker had to leave, or could not run it. Its JSON is the message
/// about it, so keys must not change.
public struct ReleasedRecord: Sendable, Hashable, Codable {
    /// The attempt.
    public var attempt: Attempt
    /// Microseconds since 1970 UTC.
    public var endedAt: Int64

    /// Creates the record of an attempt that was given up.
    public init(attempt: Attempt, endedAt: Int64) {
        self.attempt = attempt
        self.endedAt = endedAt
    }
}

/// The end of all attempts at a point: its job has become a dead letter.
public struct ExhaustedRecord: Sendable, Hashable {
    /// The point's key: 32 bytes.
    public var hash: [UInt8]
    /// The fencing token of the job's last lease, at least 1.
    public var token: UInt64
    /// The reason in a sentence; truncated to 16,000 characters.
    public var message: String

    /// Creates the end of all attempts at the point with this hash.
    public init(hash: [UInt8], token: UInt64, message: String) {
        self.hash = hash
        self.token = token
        self.message = message
    }
}

/// An attempt that came to a verdict.
public struct CompletedRecord: Sendable, Hashable {
    /// The attempt.
    public var attempt: Attempt
    /// Microseconds since 1970 UTC.
    public var endedAt: Int64
    /// The model's verdict.
    public var verdict: Verdict
    /// The model's outputs in the declared order. Infinite numbers, NaN, and outputs that were added to the definition
    /// later are stored as NULL.
    public var outputs: [Double?]
    /// The model's number of iterations.
    public var iterations: Int?
    /// The model's explanation of its verdict; truncated to 16,000 characters.
    public var message: String
    /// The URL of the run's files; truncated to 2,048 characters.
    public var artifact: String?
    /// In bytes.
    public var peakMemory: Int64?
    /// The last lines of the model's log; their last 2 KiB are kept.
    public var logTail: String?
    /// The exit status or signal of the process, if there was one.
    public var exitStatus: String?

    /// Creates a verdict on the point of `attempt`.
    public init(
        attempt: Attempt, endedAt: Int64, verdict: Verdict, outputs: [Double?], iterations: Int? = nil,
        message: String = "", artifact: String? = nil, peakMemory: Int64? = nil, logTail: String? = nil,
        exitStatus: String? = nil
    ) {
        self.attempt = attempt
        self.endedAt = endedAt
        self.verdict = verdict
        self.outputs = outputs
        self.iterations = iterations
        self.message = message
        self.artifact = artifact
        self.peakMemory = peakMemory
        self.logTail = logTail
        self.exitStatus = exitStatus
    }
}

/// The hash of a point, which is hexadecimal text in JSON.
@propertyWrapper
public struct HexadecimalHash: Sendable, Hashable, Codable {
    static let byteCount = 32

    /// The bytes.
    public var wrappedValue: [UInt8]

    /// Wraps the bytes of a hash.
    public init(wrappedValue: [UInt8]) { self.wrappedValue = wrappedValue }

    /// Decodes 64 hexadecimal digits of either case.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let bytes = Self.bytes(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not a hash of \(2 * Self.byteCount) hexadecimal digits")
        }
        wrappedValue = bytes
    }

    /// Encodes lower-case hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Hexadecimal.encode(wrappedValue))
    }

    /// Returns the bytes of a hash; `nil` if the text is not 64 hexadecimal digits.
    static func bytes(_ text: String) -> [UInt8]? {
        text.utf8.count == 2 * byteCount ? Hexadecimal.decode(text) : nil
    }
}
