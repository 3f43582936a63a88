/// Who runs a point, under which lease.
public struct RunningRecord: Sendable, Hashable {
    /// The point's key: 32 bytes.
    public var hash: [UInt8]
    /// The lease's fencing token, 1 at least.
    public var token: UInt64
    /// 1 plus the failures before this attempt.
    public var attempt: Int
    /// The worker's name, up to 255 characters, as are all names here; longer ones are cut.
    public var worker: String
    /// The machine.
    public var host: String
    /// The model's name.
    public var model: String
    /// The model's version: a digest of its executable or of its image.
    public var modelVersion: String
    /// Microseconds since 1970 UTC.
    public var startedAt: Int64
    /// The Kubernetes pod, where there is one.
    public var pod: String?
    /// The node of the cluster, where it is known.
    public var node: String?
    /// The digest of the exploration's definition that the worker went by, up to 128 characters.
    public var explorationDigest: String?
    /// The version of the worker's own software.
    public var softwareVersion: String?

    /// An attempt under the lease with this token.
    public init(
        hash: [UInt8], token: UInt64, attempt: Int, worker: String, host: String, model: String, modelVersion: String,
        startedAt: Int64, pod: String? = nil, node: String? = nil, explorationDigest: String? = nil,
        softwareVersion: String? = nil
    ) {
        self.hash = hash
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
}
