/// Whether somebody holds a Lease, as far as an onlooker can tell: pure, without I/O; time is a parameter.
///
/// A Lease's times are the holder's own clock, which may be wrong by any amount. So they are only compared for being
/// *other* than before: a holder counts as gone once its record has not changed for the record's duration by the local
/// monotonic clock.
package struct LeaseWatch: Sendable {
    /// For how long a holder's record may stay the same where it does not say so itself.
    let patience: Duration

    private var seen: LeaseObject.Spec?
    private var seenAt: ContinuousClock.Instant?

    package init(patience: Duration) {
        self.patience = patience
    }

    /// Who holds the Lease; nil for nobody, and for somebody who has gone.
    ///
    /// - Parameter now: before the Lease was asked for.
    package mutating func holder(of lease: LeaseObject, at now: ContinuousClock.Instant) -> String? {
        if lease.spec != seen || seenAt == nil {
            seen = lease.spec
            seenAt = now
        }
        guard let holder = lease.spec?.holderIdentity, !holder.isEmpty else { return nil }
        let patience = lease.spec?.leaseDurationSeconds.map(Duration.seconds) ?? patience
        if let seenAt, now >= seenAt.advanced(by: patience) { return nil }
        return holder
    }
}
