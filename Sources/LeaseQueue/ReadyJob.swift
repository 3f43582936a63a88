/// A job that may be leased, as a look at the queue shows it.
public struct ReadyJob: Sendable, Hashable {
    /// The job's id.
    public let id: String
    /// The job's payload.
    public let payload: [UInt8]
    /// 0 to 9.
    public let priority: Int
    /// Names this stay among the ready jobs: it is another one whenever the job was leased in between, made ready again
    /// by hand, or enqueued anew. For comparing only.
    public let delivery: String

    /// - Parameter history: how long the history of what went wrong with the job is.
    init(id: String, record: JobRecord, history: Int) {
        self.id = id
        payload = record.payload
        priority = record.priority
        delivery = [Int(record.enqueuedAt), record.failures, record.crashes, record.releases, history]
            .map(String.init).joined(separator: ".")
    }
}
