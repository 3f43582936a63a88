internal import HTTPClient
internal import Support

/// Who leads, as far as one candidate can tell: pure, without I/O; time is a parameter.
///
/// A holder counts as gone as ``LeaseWatch`` says. What remains to be trusted is that clocks run at about the same speed: a
/// leader gives up at two thirds of what the others wait.
package struct LeaseElection: Sendable {
    /// What a candidate is to do with what it saw.
    package enum Step: Sendable, Hashable {
        /// There is no Lease: make this one.
        case create(LeaseObject)
        /// Nobody leads any more, or it is this one: put this in its place, if it has not changed meanwhile.
        case replace(LeaseObject)
        /// Somebody else leads.
        case wait(holder: String)
    }

    /// Who this candidate is; nobody else may have the name.
    package let identity: String
    /// How long others wait after the last renewal; the API counts whole seconds.
    package let duration: Duration

    private let name: String
    private let namespace: String
    private var watch: LeaseWatch

    /// - Parameter duration: at least one second.
    package init(name: String, namespace: String, identity: String, duration: Duration) {
        precondition(duration >= .seconds(1), "a Lease lasts whole seconds, at least one")
        self.name = name
        self.namespace = namespace
        self.identity = identity
        self.duration = duration
        watch = LeaseWatch(patience: duration)
    }

    /// Decides what to do about the Lease as it is now.
    ///
    /// - Parameters:
    ///   - lease: nil where there is none.
    ///   - now: by the monotonic clock, before the Lease was asked for.
    ///   - wallClock: microseconds since 1970; only written down.
    package mutating func step(
        seeing lease: LeaseObject?, at now: ContinuousClock.Instant, wallClock: Int64
    ) -> Step {
        guard let lease else {
            return .create(
                LeaseObject(
                    metadata: ObjectMetadata(name: name, namespace: namespace), spec: spec(after: nil, wallClock)))
        }
        if let holder = watch.holder(of: lease, at: now), holder != identity { return .wait(holder: holder) }
        return .replace(LeaseObject(metadata: lease.metadata, spec: spec(after: lease.spec, wallClock)))
    }

    /// The Lease without a holder, so that the next candidate need not wait; nil where this one does not hold it.
    package func released(_ lease: LeaseObject, wallClock: Int64) -> LeaseObject? {
        guard lease.spec?.holderIdentity == identity else { return nil }
        var spec = lease.spec
        spec?.holderIdentity = ""
        spec?.leaseDurationSeconds = 1
        spec?.renewTime = UTC.text(microseconds: wallClock)
        return LeaseObject(metadata: lease.metadata, spec: spec!)
    }

    private func spec(after old: LeaseObject.Spec?, _ wallClock: Int64) -> LeaseObject.Spec {
        let now = UTC.text(microseconds: wallClock)
        let isOurs = old?.holderIdentity == identity
        var spec = LeaseObject.Spec()
        spec.holderIdentity = identity
        spec.leaseDurationSeconds = Int(duration.components.seconds)
        spec.acquireTime = isOurs ? old?.acquireTime ?? now : now
        spec.renewTime = now
        spec.leaseTransitions = (old?.leaseTransitions ?? 0) + (old == nil || isOurs ? 0 : 1)
        return spec
    }
}
