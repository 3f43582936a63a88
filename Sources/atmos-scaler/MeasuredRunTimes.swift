internal import ExplorationFile
internal import Logging
internal import RunLedger

/// How long runs have taken lately, as the ledger has it.
struct MeasuredRunTimes: Sendable {
    let ledger: RunLedger
    let logger: Logger

    /// The mean of completed runs, of the last ones rather than of all; nil where there is none, or while the ledger
    /// does not answer.
    func runTime(of definition: ExplorationDefinition) async -> Duration? {
        do {
            let mean = try await ledger.meanRunTime(of: definition.table, timeLimit: .seconds(5))
            return mean.flatMap { $0 > .zero ? $0 : nil }
        } catch {
            logger.warning("how long runs take is estimated", metadata: ["because": "\(error)"])
            return nil
        }
    }

    func close() async {
        await ledger.close()
    }
}
