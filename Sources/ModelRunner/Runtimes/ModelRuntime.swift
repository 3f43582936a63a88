/// Where the commands of a model run: as processes of this machine, or in containers.
package protocol ModelRuntime: Sendable {
    /// Runs a command within limits.
    ///
    /// Cancelling the task ends the command: politely, and after ``RunLimits/grace`` no longer so.
    ///
    /// - Returns: how it ended. Nothing of it is left running then, also when the task was cancelled.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/runtime`` when there is nothing to run it in, or when that
    ///   ended while it ran.
    func run(_ command: ModelCommand, limits: RunLimits) async throws(ModelFailure) -> RunEnd
}
