package import Logging
internal import Synchronization
internal import SystemPackage

/// Runs commands in containers of one image, each of which serves one or more successive runs.
///
/// A run in a container may read the image and write its run directory, and nothing else: it has no network and no
/// capabilities, and the ID of the invoking user. No state of a run is left for the next one in the same container: its
/// processes are ended, its directory is moved away, and a container with any other change is not used again.
package final class ContainerRuntime: ModelRuntime {
    private let engine: ContainerEngine
    private let image: ContainerImage
    private let settings: ContainerSettings
    private let supervisor: FilePath
    private let logger: Logger
    private let idle = Mutex<[Container]>([])

    /// - Parameters:
    ///   - engine: the engine that runs the containers.
    ///   - image: the image of the containers.
    ///   - settings: the containers' resources and lifetime.
    ///   - logger: receives warnings about containers that had to be abandoned.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` if the supervisor for containers is missing.
    package init(
        engine: ContainerEngine, image: ContainerImage, settings: ContainerSettings = ContainerSettings(),
        logger: Logger = Logger(label: "atmos.model")
    ) throws(ModelFailure) {
        self.engine = engine
        self.image = image
        self.settings = settings
        self.logger = logger
        supervisor = try CompanionProgram.supervisor.find()
    }

    package func run(_ command: ModelCommand, limits: RunLimits) async throws(ModelFailure) -> RunEnd {
        let specification = ContainerSpecification(
            image: image, settings: settings, memoryBytes: limits.memoryBytes,
            folder: command.directory.removingLastComponent())
        while true {
            let container = try await take(specification)
            let outcome = try await run(command, limits: limits, in: container)
            switch outcome {
            case .ended(let end, let isContaminated):
                if isContaminated {
                    logger.debug(
                        "container abandoned after a run changed it", metadata: ["container": "\(container.name)"])
                }
                if container.hasServed(settings.runs) || isContaminated {
                    await container.end()
                } else {
                    idle.withLock { $0.append(container) }
                }
                return end
            case .notStarted:
                logger.warning(
                    "the container of a model had ended; starting another", metadata: ["container": "\(container.name)"]
                )
                try await container.remove()
            case .lost:
                try await container.remove()
                throw ModelFailure(
                    kind: .lost, message: "the model's container \(container.name) ended while the model ran")
            }
        }
    }

    /// Ends the idle containers.
    package func close() async {
        for container in idle.withLock({ containers in
            defer { containers = [] }
            return containers
        }) {
            await container.end()
        }
    }

    private func take(_ specification: ContainerSpecification) async throws(ModelFailure) -> Container {
        let kept = idle.withLock { containers -> Container? in
            let index = containers.firstIndex { $0.specification == specification }
            return index.map { containers.remove(at: $0) }
        }
        if let kept { return kept }
        return try await Container.start(specification, by: engine, supervisor: supervisor)
    }

    private func run(
        _ command: ModelCommand, limits: RunLimits, in container: Container
    ) async throws(ModelFailure) -> SupervisedRun.Outcome {
        let place = try container.slot.moveIn(command.directory)
        let run = SupervisedRun(
            link: container.link,
            request: SupervisorRequest.run(
                command, limits: limits, directory: "\(Container.sharedFolder)/\(Container.runFolder)",
                isContained: true),
            limits: limits, directory: place, seesProcesses: false, logger: logger)
        let outcome = await run.run()
        try container.slot.moveOut(place, to: command.directory)
        return outcome
    }
}
