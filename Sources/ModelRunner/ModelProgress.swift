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
