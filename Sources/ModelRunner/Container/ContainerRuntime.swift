package import Logging
internal import Synchronization
internal import SystemPackage

/// Runs commands in containers of one image, each of which serves one run or many, one after the other.
///
/// A run in a container may read the image and write its run directory, and has nothing else: no network, no
/// capabilities, no other user's number than the invoking one's. Nothing of a run is left for the next in the same
/// container: its processes are ended, its directory is moved away, and a container where anything else has changed is
/// not used again.
package final class ContainerRuntime: ModelRuntime {
    private let engine: ContainerEngine
    private let image: ContainerImage
    private let settings: ContainerSettings
    private let supervisor: FilePath
    private let logger: Logger
    private let idle = Mutex<[Container]>([])

    /// - Parameters:
    ///   - engine: what makes the containers.
    ///   - image: what they are made of.
    ///   - settings: what they may have, and how long they live.
    ///   - logger: told of containers that had to be given up.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` when the supervisor for containers is missing.
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
        let purpose = ContainerSpecification(
            image: image, settings: settings, memoryBytes: limits.memoryBytes,
            folder: command.directory.removingLastComponent())
        while true {
            let container = try await take(purpose)
            let outcome = try await run(command, limits: limits, in: container)
            switch outcome {
            case .ended(let end, let isContaminated):
                if isContaminated {
                    logger.debug(
                        "a run changed its container, which is given up", metadata: ["name": "\(container.name)"])
                }
                if container.isWorn(after: settings.runs) || isContaminated {
                    await container.end()
                } else {
                    idle.withLock { $0.append(container) }
                }
                return end
            case .neverBegan:
                logger.warning(
                    "a model's container had ended; starting another", metadata: ["name": "\(container.name)"])
                try await container.removeRemains()
            case .lost:
                try await container.removeRemains()
                throw ModelFailure(
                    kind: .runtime, message: "The model's container, \(container.name), ended while the model ran.")
            }
        }
    }

    /// Ends the containers that wait for another run.
    package func close() async {
        for container in idle.withLock({ containers in
            defer { containers = [] }
            return containers
        }) {
            await container.end()
        }
    }

    private func take(_ purpose: ContainerSpecification) async throws(ModelFailure) -> Container {
        let kept = idle.withLock { containers -> Container? in
            let index = containers.firstIndex { $0.purpose == purpose }
            return index.map { containers.remove(at: $0) }
        }
        if let kept { return kept }
        return try await Container.start(purpose, by: engine, supervisor: supervisor)
    }

    private func run(
        _ command: ModelCommand, limits: RunLimits, in container: Container
    ) async throws(ModelFailure) -> SupervisedRun.Outcome {
        let place = try container.slot.admit(command.directory)
        let run = SupervisedRun(
            link: container.link,
            order: SupervisorRequest.run(
                command, limits: limits, directory: "\(Container.sharedFolder)/\(Container.runFolder)",
                isContained: true),
            limits: limits, directory: place, seesProcesses: false, logger: logger)
        let outcome = await run.run()
        try container.slot.release(place, to: command.directory)
        return outcome
    }
}
