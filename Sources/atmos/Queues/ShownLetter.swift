internal import FoundationEssentials
internal import LeaseQueue

/// A dead letter as it is printed.
struct ShownLetter: Encodable {
    struct Attempt: Encodable {
        let kind: String
        let worker: String
        let leasedAt: String
        let endedAt: String
        let token: UInt64
        let error: String
    }

    let queue: String
    let id: String
    let diedAt: String
    let failures: Int
    let crashes: Int
    let releases: Int
    let priority: Int
    /// The payload where it is text, otherwise how long it is.
    let payload: String
    let attempts: [Attempt]

    init(_ queue: QueueName, _ letter: DeadLetter) {
        self.queue = queue.rawValue
        id = letter.id
        diedAt = Self.time(letter.diedAt)
        failures = letter.failureCount
        crashes = letter.crashCount
        releases = letter.releaseCount
        priority = letter.priority
        payload = String(validating: letter.payload, as: UTF8.self) ?? "\(letter.payload.count) bytes that are no text"
        attempts = letter.failures.map { failure in
            Attempt(
                kind: failure.kind == .failed ? "failed" : "crashed", worker: failure.consumer,
                leasedAt: Self.time(failure.leasedAt), endedAt: Self.time(failure.time), token: failure.token.rawValue,
                error: failure.error)
        }
    }

    /// The beginning of the last error, on one line.
    var lastError: String {
        let line = attempts.last?.error.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count > 70 ? line.prefix(69) + "…" : line
    }

    /// UTC, to the second.
    private static func time(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
    }
}
