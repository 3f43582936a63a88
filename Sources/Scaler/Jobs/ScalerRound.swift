/// What one round of the scaler found and did.
package struct ScalerRound: Sendable {
    /// Why the decision was not carried out.
    package enum Restraint: Sendable, Hashable {
        /// Somebody told the scaler to make no workers (``Annotations/suspended``).
        case suspended
    }

    package let live: LiveWorkers
    package let decision: ScalingDecision
    /// Whether the server was only asked whether it would.
    package let isDryRun: Bool
    package internal(set) var restraint: Restraint?
    /// Objects that were made: `Job 'w-1'`; with a dry run those that would be.
    package internal(set) var made: [String] = []
    /// Objects that were there already, so that this decision had been carried out before.
    package internal(set) var known: [String] = []
    /// Jobs of this round that were deleted again: somebody suspended the scaler while it made them.
    package internal(set) var undone: [String] = []
    /// Jobs that this round asked for and that were not there before, as far as it knows.
    var requested: [String] = []
    /// Jobs of which waiting pods were taken back.
    package internal(set) var withdrawn: [String] = []
    /// Failed Jobs that were deleted because their points wait for others.
    package internal(set) var requeued: [String] = []
    /// Jobs that had ended and were deleted.
    package internal(set) var collected: [String] = []
    /// What the server let pass but warns of, each once.
    package internal(set) var warnings: [String] = []
    /// Jobs that failed and are still there.
    package internal(set) var failed: [FailedJob] = []

    /// What is worth a line each, for people.
    package var lines: [String] {
        var lines = [
            "\(live.running) workers run, \(live.pending) are to come; \(decision.reason)"
                + (restraint == .suspended ? "; the scaler is suspended, so no worker is made" : "")
        ]
        lines +=
            made.map { (isDryRun ? "the cluster would make " : "made ") + $0 } + known.map { "\($0) was there already" }
        lines += undone.map { "deleted Job '\($0)' again: the scaler was suspended while it was made" }
        lines +=
            requeued.map { "deleted Job '\($0)', which had failed and whose point waits again" }
            + withdrawn.map { "took waiting pods back from \($0)" }
            + collected.map { "deleted Job '\($0)', which had ended" }
        return lines
    }
}
