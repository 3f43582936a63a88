package import ArtifactStore
internal import FoundationEssentials
package import ModelRunner
package import ParameterSpace
package import SystemPackage

/// One named search: what is varied, how the search moves, what model is run and within which limits.
///
/// It is read from a YAML file; `config/explorations/README.md` describes the file key by key.
package struct ExplorationDefinition: Sendable {
    /// Lower-case letters, digits and hyphens; names the queues and, with underscores, the ledger's table.
    package let name: String
    /// What it is about, for summaries and maps.
    package let title: String
    package let space: Space
    /// Where the search begins: the start values of all parameters, then any others.
    package let starts: [Point]
    package let strategy: Strategy
    package let model: ModelDefinition
    package let policy: RunPolicy
    /// What it may spend unless somebody says otherwise when it is started.
    package let budget: ExplorationBudget
    /// How much of the workers it gets beside other explorations, in proportion; at least 1.
    package let weight: Int
    /// What a run needs of its machine.
    package let resources: RunResources
    /// Which runs' files are kept.
    package let retention: ArtifactRetention
    package let map: MapDefaults
    /// The file's text, which the registry keeps.
    package let source: String
    /// The folder that the file lies in; a model's relative command starts from there.
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
        /// The column model that ships with the project.
        case columnModel
        /// Atmos, from a package of its own.
        case atmos(VPLAtmosConfiguration)
        /// Any program that keeps the run-directory contract, by its command line.
        case command([String])
        /// No program at all: a point is stable inside an ellipsoid.
        case synthetic(region: [SyntheticModel.Extent])
    }

    package let adapter: Adapter
    /// The numbers that a run gives, one column of the ledger each.
    package let outputs: [OutputDefinition]
    /// The files that are kept of a run, for warm starts and for people.
    package let artifacts: [String]
    /// Where the program runs, if it is one.
    package var runtime = RuntimeDefinition()
}

/// What a run may use, and how often a point is tried.
package struct RunPolicy: Hashable, Sendable {
    package var wallTime: Duration = .seconds(60)
    package var cpuTime: Duration?
    package var memoryBytes: Int? = 1 << 30
    package var outputBytes = 16 << 20
    /// How often a point is tried before its job becomes a dead letter.
    package var attempts = 3
    /// How long a worker that fell silent keeps its point.
    package var leaseTime: Duration = .seconds(15)

    package var limits: RunLimits {
        RunLimits(wallTime: wallTime, cpuTime: cpuTime, memoryBytes: memoryBytes, outputBytes: outputBytes)
    }
}

/// What the map shows unless somebody asks for something else.
package struct MapDefaults: Hashable, Sendable {
    /// The horizontal and the vertical axis; nil for the two most-explored ones.
    package var axes: [String]?
    /// The output that colours stable points; nil for the first output.
    package var colour: String?
}
