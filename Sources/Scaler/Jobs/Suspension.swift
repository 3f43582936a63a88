internal import KubernetesClient
internal import Support

/// That the scaler is to make no workers: an annotation on its Deployment, and another that its leader answers.
///
/// Somebody who suspends a scaler cannot know whether its leader is just making a Job: it looked at the Deployment before,
/// and its request is on the way. So a suspension has an id, and a leader writes the id on the Lease that it leads by, in
/// between two rounds: then nothing that it asked for is on its way any more, and each later round looks at the Deployment
/// again. The Lease is written as the version that names this leader; so the answer is never that of one who leads no more.
/// A leader that comes after it looks at the Deployment before it makes anything. One that has lost its lead without
/// noticing, and a scaler that somebody runs by hand, looks once more after that and deletes what it made
/// (``Scaler/undoIfSuspended(_:_:)``).
struct Suspension: Sendable, Hashable {
    /// Another for each suspension.
    let id: String

    init(id: String) {
        self.id = id
    }

    /// A new one.
    init() {
        var generator = SystemRandomNumberGenerator()
        id = Hexadecimal.encode((0..<8).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// The one that somebody waits to be heard of; nil where the scaler is not suspended, or by hand.
    init?(of deployment: DeploymentObject) {
        guard deployment.isSuspended, let id = deployment.metadata.annotations?[Annotations.suspension] else {
            return nil
        }
        self.id = id
    }

    /// The annotations that say it on the scaler's Deployment.
    var annotations: [String: String?] { [Annotations.suspended: "true", Annotations.suspension: id] }

    /// Those that say that the scaler is not suspended.
    static let noAnnotations: [String: String?] = [Annotations.suspended: nil, Annotations.suspension: nil]

    /// Whether a leader wrote that it has heard of it.
    func isAnswered(by lease: LeaseObject) -> Bool {
        lease.metadata.annotations?[Annotations.suspension] == id
    }
}

/// A merge patch of annotations.
struct AnnotationPatch: Encodable {
    struct Metadata: Encodable {
        /// Null takes an annotation away.
        let annotations: [String: String?]
    }

    let metadata: Metadata

    init(_ annotations: [String: String?]) {
        metadata = Metadata(annotations: annotations)
    }
}

extension DeploymentObject {
    /// Whether the scaler that runs as this Deployment must not create workers.
    var isSuspended: Bool { metadata.annotations?[Annotations.suspended] == "true" }
}
