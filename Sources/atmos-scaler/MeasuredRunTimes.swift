internal import Exploration
internal import Logging
internal import RunLedger

/// How long runs have taken lately, as the ledger has it.
struct MeasuredRunTimes: Sendable {
    /// How many of the last runs the mean is over. Among the last to end those that took long are many, so these are to be
    /// more than run at the same time.
    private static let runs = 2000

    let ledger: RunLedger
    let logger: Logger

    /// The mean of the last completed runs; nil where there is none, or while the ledger does not answer.
    func runTime(of definition: ExplorationDefinition) async -> Duration? {
        // The table's name is made of nothing but lower-case letters, digits and underscores.
        let query = """
            SELECT AVG(run_time) FROM (SELECT run_time FROM `\(definition.table)` WHERE state = 'completed'
            ORDER BY ended_at DESC LIMIT \(Self.runs)) AS lately
            """
        do {
            let mean = try await ledger.query(query, timeLimit: .seconds(5)).rows.first?.first?.realValue
            return mean.flatMap { $0 > 0 ? .seconds($0) : nil }
        } catch {
            logger.warning("how long runs take is estimated", metadata: ["because": "\(error)"])
            return nil
        }
    }

    func close() async {
        await ledger.close()
    }
}
