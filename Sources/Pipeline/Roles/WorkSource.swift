package import ArtifactStore
package import ExplorationFile
package import LeaseQueue
package import Logging
package import ModelRunner
internal import Support

/// An exploration that a worker runs points of, with what it takes to run them.
package struct WorkSource: Sendable {
    let queues: LeaseQueues
    let batches: BatchRunner
    /// Its share of the worker beside others.
    let weight: Int
    /// Whether its runs have files to fetch or to keep, which can be done while another run has the model.
    let movesFiles: Bool

    package init(
        definition: ExplorationDefinition, model: any Model, artifacts: (any ArtifactStore)?, queues: LeaseQueues,
        name: ConsumerName, settings: Worker.Settings, logger: Logger
    ) {
        self.queues = queues
        weight = definition.weight
        movesFiles = artifacts != nil && model.usesFiles
        batches = BatchRunner(
            attempts: AttemptRunner(
                definition: definition, model: model, artifacts: artifacts, queues: queues,
                origin: AttemptOrigin(name: name, model: model, definition: definition), settings: settings,
                logger: logger),
            announcer: Announcer(queues: queues, logger: logger), logger: logger)
    }
}
