internal import LeaseQueue
internal import ParameterSpace

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
