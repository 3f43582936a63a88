package import SystemPackage

/// Keeps the files of runs under their points' hashes.
package protocol ArtifactStore: Sendable {
    /// Keeps copies of a run's files, under their own names.
    ///
    /// They appear whole or not at all. A hash that has files already stays as it is: a point's runs give the same files,
    /// so the first are as good as any, and a reader never sees them change.
    ///
    /// - Parameters:
    ///   - files: regular files with plain names, each name once. A symbolic link is refused.
    ///   - hash: the point's hash, 64 lower-case hexadecimal digits.
    /// - Returns: where the files are, as a URL.
    /// - Throws: ``ArtifactStoreError``.
    func keep(_ files: [FilePath], under hash: String) async throws -> String

    /// Copies what is kept under a hash into a folder, which is made if need be. Files of the same names are replaced.
    ///
    /// - Returns: false when nothing is kept under the hash.
    /// - Throws: ``ArtifactStoreError``. What was copied before is removed again.
    func fetch(_ hash: String, into folder: FilePath) async throws -> Bool
}
