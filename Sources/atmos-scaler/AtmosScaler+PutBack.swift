internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Scaler

extension AtmosScaler {
    /// Connects to the ledger for as long as `body` takes, where points of failed Jobs are to be queued again.
    func withPutBack<Result>(
        _ reader: WorkReader, _ logger: Logger, _ body: (PutBack?) async throws -> Result
    ) async throws -> Result {
        guard points.requeueFailed else { return try await body(nil) }
        let ledger = try await RunLedger.connect(work.ledger.configuration(), logger: logger)
        do {
            let result = try await body { exploration, points in
                guard let source = reader.sources.first(where: { $0.definition.name == exploration }) else { return [] }
                let jobs = points.map { Job(id: $0.id, payload: Array($0.payload.utf8), priority: $0.priority) }
                let ring = Ring(
                    definition: source.definition, queues: source.queues, ledger: ledger, logger: logger)
                return try await PointRequeuer(ring).requeue(jobs)
            }
            await ledger.close()
            return result
        } catch {
            await ledger.close()
            throw error
        }
    }
}
