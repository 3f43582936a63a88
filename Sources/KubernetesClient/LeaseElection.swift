internal import HTTPClient
internal import Support

/// The decisions of one candidate: pure, without I/O; time is a parameter.
///
/// ``LeaseWatch`` decides whether a holder is gone. This relies only on clocks that run at about the same speed: a
/// leader stops after two thirds of the time that the others wait.
package struct LeaseElection: Sendable {
    /// The next step of a candidate.
    package enum Step: Sendable, Hashable {
        /// Create this Lease; none exists.
        case create(LeaseObject)
        /// Replace the Lease with this one unless it has changed: there is no leader, or this candidate leads.
        case replace(LeaseObject)
        /// Wait; another candidate leads.
        case wait(holder: String)
    }

    /// The unique name of this candidate.
    package let identity: String
    /// The time after the last renewal during which others wait; the API has whole seconds.
    package let duration: Duration

    private let name: String
    private let namespace: String
    private var watch: LeaseWatch

    /// - Parameter duration: at least one second.
    package init(name: String, namespace: String, identity: String, duration: Duration) {
        precondition(duration >= .seconds(1), "the duration of a Lease is at least one second")
        self.name = name
        self.namespace = namespace
        self.identity = identity
        self.duration = duration
        watch = LeaseWatch(staleAfter: duration)
    }

    /// Returns the next step for the current Lease.
    ///
    /// - Parameters:
    ///   - lease: the Lease; `nil` if it does not exist.
    ///   - now: the monotonic time before the Lease was read.
    ///   - wallClock: microseconds since 1970; only recorded.
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

    /// Returns the Lease without a holder, so that the next candidate need not wait; `nil` if this candidate does not
    /// hold it.
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

/// Decides whether a Lease has a live holder: pure, without I/O; time is a parameter.
///
/// The times in a Lease come from the holder's clock, which may be wrong by any amount. So they are only checked for
/// changes: a holder is gone once the record has not changed for its duration by the local monotonic clock.
package struct LeaseWatch: Sendable {
    /// The time after which an unchanged record without a duration is stale.
    private let staleAfter: Duration

    private var seen: LeaseObject.Spec?
    private var seenAt: ContinuousClock.Instant?

    package init(staleAfter: Duration) {
        self.staleAfter = staleAfter
    }

    /// Returns the live holder of the Lease; `nil` without one.
    ///
    /// - Parameter now: the monotonic time before the Lease was read.
    package mutating func holder(of lease: LeaseObject, at now: ContinuousClock.Instant) -> String? {
        if lease.spec != seen || seenAt == nil {
            seen = lease.spec
            seenAt = now
        }
        guard let holder = lease.spec?.holderIdentity, !holder.isEmpty else { return nil }
        let limit = lease.spec?.leaseDurationSeconds.map(Duration.seconds) ?? staleAfter
        if let seenAt, now >= seenAt.advanced(by: limit) { return nil }
        return holder
    }
}
