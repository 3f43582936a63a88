package import SystemPackage

/// A model, which decides whether a point is stable.
///
/// A model is a value without the state of any run, so that one model serves any number of concurrent runs.
package protocol Model: Sendable {
    /// The name that the ledger records, such as `column-model`.
    var name: String { get }

    /// The build of the model: the SHA-256 of its executable in hexadecimal, or a version.
    var version: String { get }

    /// The outputs of each completed run.
    var outputs: [OutputDefinition] { get }

    /// Whether a run reads and writes files. Otherwise it needs neither a run directory nor its parent's artifacts.
    var usesFiles: Bool { get }

    /// Ends resources that the model keeps between runs, such as containers. They also end with this process, but may
    /// then leave folders behind.
    func close() async

    /// Runs the model on one point.
    ///
    /// Cancelling the task ends all processes of the run: with SIGTERM, and after ``RunLimits/grace`` with SIGKILL.
    ///
    /// - Parameters:
    ///   - input: the point.
    ///   - limits: the limits of the run.
    ///   - parent: a folder with the artifacts of the point that this one was reached from, for a warm start.
    ///   - directory: a new, empty run directory (it may contain the folder `parent`). The caller removes it.
    /// - Returns: the verdict and the outputs.
    /// - Throws: ``ModelFailure`` if the run gave no verdict, `CancellationError` if the task was cancelled. No process of
    ///   the run is left in either case.
    func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath
    ) async throws -> ModelResult

    /// Runs the model on one point, as ``run(_:limits:parent:directory:)`` does, and reports its progress.
    ///
    /// The default implementation reports nothing.
    /// - Parameter progress: called during the run, a few times a second at most.
    func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath,
        progress: @escaping ModelProgressReport
    ) async throws -> ModelResult
}

extension Model {
    /// Does nothing: most models keep no resources.
    package func close() async {}

    /// Runs the model without reporting progress.
    package func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath,
        progress: @escaping ModelProgressReport
    ) async throws -> ModelResult {
        try await run(input, limits: limits, parent: parent, directory: directory)
    }

    /// True: almost all models are programs.
    package var usesFiles: Bool { true }
}

/// The progress of a run, in the model's terms.
package struct ModelProgress: Sendable, Hashable, CustomStringConvertible {
    /// One part of a run.
    package struct Stage: Sendable, Hashable, CustomStringConvertible {
        /// Its name for users, such as `CLIMA`.
        package var name: String
        /// The number of completed iterations or steps.
        package var done: Int
        /// The number of all of them; `nil` if unknown.
        package var total: Int?

        /// Creates a stage.
        package init(name: String, done: Int, total: Int? = nil) {
            self.name = name
            self.done = done
            self.total = total
        }

        /// `CLIMA 120/400`, or `PHOTOCHEM 412`.
        package var description: String {
            total.map { "\(name) \(done)/\($0)" } ?? "\(name) \(done)"
        }
    }

    /// The stages that have begun, in the order of their beginnings.
    package var stages: [Stage]

    /// Creates the progress of a run.
    package init(stages: [Stage]) {
        self.stages = stages
    }

    /// The stages, comma-separated: `PHOTOCHEM 412, CLIMA 120/400`.
    package var description: String {
        stages.map(\.description).joined(separator: ", ")
    }
}

/// Called with a run's progress, from any thread; must return quickly.
package typealias ModelProgressReport = @Sendable (ModelProgress) -> Void

/// A named number in the result of each completed run of a model.
package struct OutputDefinition: Sendable, Hashable {
    /// The output's name in `result.json` and in the ledger, such as `surface_temperature`.
    package let name: String

    /// The unit, such as `K`; empty for a number without one.
    package let unit: String

    /// The meaning of the number, in a few words.
    package let description: String

    /// Defines an output.
    package init(name: String, unit: String, description: String) {
        self.name = name
        self.unit = unit
        self.description = description
    }
}
