/// The labels by which objects of ours are found.
package enum Labels {
    /// What a pod is: one of ``Component``.
    package static let name = "app.kubernetes.io/name"
    package static let partOf = "app.kubernetes.io/part-of"
    package static let managedBy = "app.kubernetes.io/managed-by"
    package static let exploration = "atmos-explorer.io/exploration"
    package static let queue = "atmos-explorer.io/queue"

    /// The value of ``partOf``.
    package static let project = "atmos-explorer"
    /// The value of ``managedBy`` on what the scaler made.
    package static let scaler = "atmos-scaler"
    /// The value of ``name`` on workers.
    package static let worker = "atmos-worker"
}

/// What is noted on objects of ours.
package enum Annotations {
    /// On a Job: the decision that it was made by.
    package static let decision = "atmos-explorer.io/decision"
    /// On a Job that was made for one point: the point.
    package static let point = "atmos-explorer.io/point"
    /// On the scaler's Deployment: `true` where it is to make no Jobs.
    package static let suspended = "atmos-explorer.io/suspended"
    /// On the scaler's Deployment: which suspension that is, where somebody waits for the scaler to hear of it; on the
    /// scalers' Lease: the last one that a leader has heard of.
    package static let suspension = "atmos-explorer.io/suspension"
}
