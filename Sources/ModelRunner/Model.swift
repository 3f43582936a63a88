package import SystemPackage

/// Something that can say of a point whether it is stable.
///
/// A model is a value: it holds what is needed to run, and nothing of any run, so that one of them serves any number of
/// runs at the same time.
package protocol Model: Sendable {
    /// The name that the ledger records, such as `column-model`.
    var name: String { get }

    /// What tells this build of the model from another one: the SHA-256 of its executable in hexadecimal, or a version.
    var version: String { get }

    /// The outputs that each completed run gives.
    var outputs: [OutputDefinition] { get }

    /// Whether a run reads and writes files; otherwise it needs neither a run directory nor its parent's artifacts.
    var usesFiles: Bool { get }

    /// Ends what the model keeps between runs, such as containers. That ends with this process in any case, but may leave
    /// folders behind.
    func close() async

    /// Runs the model on one point.
    ///
    /// Cancelling the task ends the run, with all of its processes, politely first, and no longer politely after
    /// ``RunLimits/grace``.
    ///
    /// - Parameters:
    ///   - input: the point.
    ///   - limits: what the run may take.
    ///   - parent: a folder with the artifacts of the point that this one was reached from, for a warm start.
    ///   - directory: a fresh, empty run directory (it may hold the folder `parent`). It stays as the run leaves it;
    ///     removing it is the caller's.
    /// - Returns: the verdict and the outputs.
    /// - Throws: ``ModelFailure`` when the run gave no verdict, `CancellationError` when the task was cancelled. Nothing
    ///   of the run is left running in either case.
    func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath
    ) async throws -> ModelResult

    /// Runs the model on one point, as ``run(_:limits:parent:directory:)`` does, and says how far the run is.
    ///
    /// A model that cannot tell need not have this function.
    /// - Parameter progress: called now and then while the run goes on, a few times a second at most.
    func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath,
        progress: @escaping ModelProgressReport
    ) async throws -> ModelResult
}

extension Model {
    /// Nothing to do: most models keep nothing.
    package func close() async {}

    /// Runs the model without a word on its progress.
    package func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath,
        progress: @escaping ModelProgressReport
    ) async throws -> ModelResult {
        try await run(input, limits: limits, parent: parent, directory: directory)
    }

    /// True: a model is a program, but for the rarest.
    package var usesFiles: Bool { true }
}

/// How far a run is, in the model's own terms.
package struct ModelProgress: Sendable, Hashable, CustomStringConvertible {
    /// One part of a run.
    package struct Stage: Sendable, Hashable, CustomStringConvertible {
        /// What people call it, such as `CLIMA`.
        package var name: String
        /// How many iterations or steps are done.
        package var done: Int
        /// How many there are to be; nil where nobody knows.
        package var total: Int?

        /// Describes a part.
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

    /// The parts that have begun, in the order in which they did.
    package var stages: [Stage]

    /// Describes a moment of a run.
    package init(stages: [Stage]) {
        self.stages = stages
    }

    /// The parts, comma-separated: `PHOTOCHEM 412, CLIMA 120/400`.
    package var description: String {
        stages.map(\.description).joined(separator: ", ")
    }
}

/// Told of a run's progress, from any thread, whenever there is some; it must not take long.
package typealias ModelProgressReport = @Sendable (ModelProgress) -> Void

/// A named number that each completed run of a model gives.
package struct OutputDefinition: Sendable, Hashable {
    /// The output's name in `result.json` and in the ledger, such as `surface_temperature`.
    package let name: String

    /// The unit, such as `K`; empty for a number without one.
    package let unit: String

    /// What the number is, in a few words.
    package let description: String

    /// Defines an output.
    package init(name: String, unit: String, description: String) {
        self.name = name
        self.unit = unit
        self.description = description
    }
}
