package import SystemPackage

/// Which runs' files are kept, and which of them.
package enum ArtifactRetention: Hashable, Sendable {
    /// All files of every run that gave a verdict.
    case all
    /// Of stable points, the files of these names: what their neighbours' runs start from.
    case warmStarts(files: [String])
    /// All files of unstable points, and of points that were given up.
    case failures

    /// How a run ended.
    package enum Ending: Hashable, Sendable {
        case stable
        case unstable
        /// The last attempt failed too: there is no verdict.
        case givenUp
    }

    /// The rules' names, as they are written in an exploration's file.
    package enum Rule: String, CaseIterable, Sendable {
        case all
        case warmStarts = "warm_starts"
        case failures
    }

    /// The files that are kept of a run.
    ///
    /// - Parameter files: what there is, all with plain names.
    /// - Returns: nil when the run is not to be kept at all.
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
