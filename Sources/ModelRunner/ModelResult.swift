package import Support
package import SystemPackage

/// What a completed run gave.
package struct ModelResult: Sendable, Hashable {
    /// Whether the point is stable.
    package let verdict: Verdict

    /// The model's own sentence about the run; empty when it had none. At most ``RunDirectory/messageLength`` characters.
    package let message: String

    /// How many iterations the model took, when it counts them.
    package let iterations: Int?

    /// The declared outputs by name, all finite. An output that the model gave as null is absent.
    package let outputs: [String: Double]

    /// The files of the run directory to keep: those of the model's list that exist, in the list's order.
    package let artifacts: [FilePath]

    /// The most memory in bytes that the run's processes were seen to hold, or nil when the run ended before it was
    /// looked at. It is sampled, so a short peak can be missed.
    package let peakMemoryBytes: Int?

    /// The end of what the model printed, at most ``LogTail/byteCount`` bytes; nil where no process ran.
    package let logTail: String?

    /// Collects what a run gave.
    package init(
        verdict: Verdict, message: String, iterations: Int? = nil, outputs: [String: Double],
        artifacts: [FilePath] = [], peakMemoryBytes: Int? = nil, logTail: String? = nil
    ) {
        self.verdict = verdict
        self.message = message
        self.iterations = iterations
        self.outputs = outputs
        self.artifacts = artifacts
        self.peakMemoryBytes = peakMemoryBytes
        self.logTail = logTail
    }
}
