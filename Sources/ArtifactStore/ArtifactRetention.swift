package import SystemPackage

/// The rule that decides which files of a run are stored.
package enum ArtifactRetention: Hashable, Sendable {
    /// All files of every run with a verdict.
    case all
    /// The files of these names of stable points, from which the runs of their neighbours start.
    case warmStarts(files: [String])
    /// All files of unstable points and of points that were given up.
    case failures

    /// The end of a run.
    package enum Ending: Hashable, Sendable {
        case stable
        case unstable
        /// The last attempt failed without a verdict.
        case givenUp
    }

    /// The names of the rules in exploration files.
    package enum Rule: String, CaseIterable, Sendable {
        case all
        case warmStarts = "warm_starts"
        case failures
    }

    /// Returns the files of a run to store; `nil` for none.
    ///
    /// - Parameter files: the run's files, all with plain names.
    package func files(_ files: [FilePath], of ending: Ending) -> [FilePath]? {
        switch (self, ending) {
        case (.all, .stable), (.all, .unstable), (.failures, .unstable), (.failures, .givenUp): return files
        case (.warmStarts(let names), .stable):
            let kept = files.filter { names.contains($0.lastComponent?.string ?? "") }
            return kept.isEmpty ? nil : kept
        case (.all, .givenUp), (.warmStarts, _), (.failures, .stable): return nil
        }
    }
}
