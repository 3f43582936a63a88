package import ArtifactStore
internal import FoundationEssentials
package import ModelRunner
package import ParameterSpace
package import SystemPackage

/// One named search: its parameters, strategy and model, and the limits of its runs.
///
/// It is read from a YAML file; `config/explorations/README.md` describes the file key by key.
package struct ExplorationDefinition: Sendable {
    /// Lower-case letters, digits and hyphens; the name of the queues and, with underscores, of the ledger's table.
    package let name: String
    /// The title in summaries and maps.
    package let title: String
    package let space: Space
    /// The start points of the search: the parameters' start values, then any others.
    package let starts: [Point]
    package let strategy: Strategy
    package let model: ModelDefinition
    package let policy: RunPolicy
    /// The budget unless another one is given at the start.
    package let budget: ExplorationBudget
    /// The share of workers that run several explorations, in proportion; at least 1.
    package let weight: Int
    /// The resources that a run needs.
    package let resources: RunResources
    /// The rule for keeping runs' files.
    package let retention: ArtifactRetention
    package let map: MapDefaults
    /// The file's text, which the registry keeps.
    package let source: String
    /// The file as the user named it, for messages.
    package let file: String
    /// The file's folder; a model's relative command starts from there.
    package let folder: FilePath

    /// The ledger's table of runs.
    package var table: String {
        name.replacing("-", with: "_")
    }

    /// The hash tag of its keys in Redis.
    package var namespace: String {
        "atmos:\(name)"
    }
}

/// The model that an exploration runs.
package struct ModelDefinition: Sendable {
    package enum Adapter: Hashable, Sendable {
        /// The column model that is part of the project.
        case columnModel
        /// VPL's Atmos, from a separate package.
        case atmos(VPLAtmosConfiguration)
        /// Any program that follows the run-directory contract, by its command line.
        case command([String])
        /// No program: a point is stable inside an ellipsoid.
        case synthetic(region: [SyntheticModel.Extent])
    }

    package let adapter: Adapter
    /// The numbers that a run returns, one column of the ledger each.
    package let outputs: [OutputDefinition]
    /// The files of a run that are kept, for warm starts and for users.
    package let artifacts: [String]
    /// The program's runtime, if there is a program.
    package var runtime = RuntimeDefinition()
}

/// The runtime of a model's command.
package struct RuntimeDefinition: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// A process on the worker's machine, or in the worker's container if the worker was put into the model's
        /// image.
        case process
        case podman
        case docker

        /// The container engine; `nil` for processes.
        package var engine: ContainerEngine.Kind? {
            switch self {
            case .process: nil
            case .podman: .podman
            case .docker: .docker
            }
        }
    }

    package var kind = Kind.process
    /// The image that contains the model; `nil` for a model on the worker's machine.
    package var image: String?
    /// The limits and the lifetime of a container.
    package var container = ContainerSettings()
    /// The model's environment variables.
    package var environment: [String: String] = [:]

    /// `sha256:…`, if the image is named by its digest.
    package var digest: String? {
        guard let image, let at = image.lastIndex(of: "@") else { return nil }
        return String(image[image.index(after: at)...])
    }
}

/// The limits of a run, and how often a point is attempted.
package struct RunPolicy: Hashable, Sendable {
    package var wallTime: Duration = .seconds(60)
    package var cpuTime: Duration?
    package var memoryBytes: Int? = 1 << 30
    package var outputBytes = 16 << 20
    /// The number of attempts before a point's job becomes a dead letter.
    package var attempts = 3
    /// The time for which a worker that has gone silent keeps its point.
    package var leaseTime: Duration = .seconds(15)

    package var limits: RunLimits {
        RunLimits(wallTime: wallTime, cpuTime: cpuTime, memoryBytes: memoryBytes, outputBytes: outputBytes)
    }
}

/// The resources that one run needs on a machine, including those of the worker.
package struct RunResources: Hashable, Sendable {
    package var cpus: Quantity
    /// In bytes.
    package var ram: Quantity
    /// Scratch space, in bytes.
    package var disk: Quantity
    package var gpus: Int

    package init(cpus: Quantity, ram: Quantity, disk: Quantity, gpus: Int) {
        self.cpus = cpus
        self.ram = ram
        self.disk = disk
        self.gpus = gpus
    }

    /// The worker's memory, in bytes: 256 MiB.
    static let workerRAM = 256 << 20

    /// Derives the resources from a run's limits: one core; its memory (1 GiB without a limit) and 256 MiB for the
    /// worker; twice its output limit, since the files of one run are moved during the next one, and 256 MiB.
    package init(for policy: RunPolicy) {
        cpus = Quantity(whole: 1)
        ram = Quantity(whole: (policy.memoryBytes ?? 1 << 30) + Self.workerRAM, isBinary: true)
        disk = Quantity(whole: 2 * policy.outputBytes + (256 << 20), isBinary: true)
        gpus = 0
    }
}

/// The limits on what an exploration may spend before its workers are drained; `nil` means no limit.
package struct ExplorationBudget: Hashable, Sendable {
    /// The number of points in total.
    package var points: Int?
    /// The time during which runs may start, from the moment that the exploration is started or continued.
    package var wallTime: Duration?
    /// The core-hours of all attempts in total; a run counts as one core.
    package var coreHours: Double?
    /// The sharpness of the edge at which the search ends, in the strategy's steps, a power of two. The interior is
    /// left out. `nil`: the strategy determines the sharpness, and whether the interior is filled.
    package var tolerance: Int?

    package init() {}

    /// The reason why a tolerance does not suit a strategy; `nil` if it does.
    package static func fault(of tolerance: Int, with strategy: Strategy) -> String? {
        guard case .frontier(let frontier) = strategy else {
            return "only the strategy frontier refines the edge step by step"
        }
        guard tolerance >= 1, tolerance & (tolerance - 1) == 0, tolerance <= frontier.initialStep else {
            return "\(tolerance) must be a power of two from 1 to the strategy's largest step, \(frontier.initialStep)"
        }
        return nil
    }
}

/// The defaults of an exploration's map.
package struct MapDefaults: Hashable, Sendable {
    /// The horizontal and the vertical axis; `nil` for the two most explored axes.
    package var axes: [String]?
    /// The output that colours stable points; `nil` for the first output.
    package var colour: String?
}
