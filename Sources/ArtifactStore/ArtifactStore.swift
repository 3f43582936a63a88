internal import FoundationEssentials
internal import HTTPClient
package import SystemPackage

/// Stores the files of runs under the hashes of their points.
package protocol ArtifactStore: Sendable {
    /// Stores copies of a run's files under their names.
    ///
    /// They become visible all at once or not at all. If the hash already has files, those stay: all runs of a point
    /// produce the same files, and a reader must never see them change.
    ///
    /// - Parameters:
    ///   - files: regular files with different plain names. A symbolic link is refused.
    ///   - hash: the point's hash, 64 lower-case hexadecimal digits.
    /// - Returns: the URL of the files.
    /// - Throws: ``ArtifactStoreError``.
    func store(_ files: [FilePath], for hash: String) async throws -> String

    /// Copies the files of a hash into a folder, which is created if necessary. Files of the same names are replaced.
    ///
    /// - Returns: false if the hash has no files.
    /// - Throws: ``ArtifactStoreError``. Files that were already copied are removed again.
    func fetch(_ hash: String, into folder: FilePath) async throws -> Bool
}

/// Opens artifact stores by their URLs.
package enum ArtifactStores {
    /// The folder of a run's files, if they are on this machine.
    ///
    /// - Parameter location: the URL that storing them returned.
    package static func localFolder(of location: String) -> FilePath? {
        location.lowercased().hasPrefix("file:") ? try? FileURL.path(of: location) : nil
    }

    /// Opens a store: `file:///ABSOLUTE/FOLDER` (created if necessary), `s3://BUCKET/PREFIX` or `gs://BUCKET/PREFIX`.
    ///
    /// This accesses a folder, but not a bucket: the first request to a bucket is sent when files are stored or
    /// fetched. `README.md` describes the URL parameters and the sources of credentials.
    ///
    /// - Parameter environment: the variables with credentials and endpoints.
    /// - Throws: ``ArtifactStoreError`` for an invalid URL or an unusable folder.
    package static func open(
        url: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ArtifactStoreError) -> any ArtifactStore {
        guard let end = url.firstIndex(of: ":") else {
            throw ArtifactStoreError(
                .invalidURL,
                "invalid URL of an artifact store '\(url)': expected file:///, s3:// or gs://")
        }
        switch url[..<end].lowercased() {
        case "file": return try FolderArtifactStore(url: url)
        case "s3":
            let location = try BucketURL(url, parameters: S3Settings.parameters)
            return ObjectArtifactStore(
                location: location,
                storage: S3Storage(settings: try S3Settings(location, environment: environment), client: HTTPClient()))
        case "gs":
            let location = try BucketURL(url, parameters: GoogleSettings.parameters)
            return ObjectArtifactStore(
                location: location,
                storage: GoogleStorage(
                    settings: try GoogleSettings(location, environment: environment), client: HTTPClient()))
        case let scheme:
            throw ArtifactStoreError(
                .invalidURL,
                "unknown kind of artifact store '\(scheme):'; expected file:///FOLDER, s3://BUCKET/PREFIX or "
                    + "gs://BUCKET/PREFIX")
        }
    }
}

/// The error of an artifact store.
package struct ArtifactStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reasons.
    package enum Code: Sendable, Hashable {
        /// The URL is invalid or of an unknown kind.
        case invalidURL
        /// The hash is not 64 lower-case hexadecimal digits.
        case invalidHash
        /// A file name is not plain, or occurs twice.
        case invalidName
        /// A file to store does not exist or is not a regular file.
        case invalidFile
        /// An operation of the file system failed.
        case fileSystem
        /// No credentials were found, or obtaining them failed.
        case credentials
        /// The store refused the credentials or the operation.
        case accessDenied
        /// The bucket does not exist.
        case bucketNotFound
        /// The store cannot be reached or kept failing.
        case unavailable
        /// The store answered with any other error.
        case refused
        /// The fetched files differ from the stored ones.
        case corrupt
    }

    /// The reason, for programs.
    package let code: Code

    /// The reason, for users, in one line.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }
}

/// Checks the hashes and file names that become part of paths and keys.
enum ArtifactHash {
    /// Throws unless the text is a hash, so that no text from outside becomes part of a path.
    static func check(_ hash: String) throws(ArtifactStoreError) {
        guard hash.utf8.count == 64, hash.utf8.allSatisfy(isDigit) else {
            let excerpt = hash.count <= 80 ? hash : hash.prefix(80) + "…"
            throw ArtifactStoreError(
                .invalidHash, "invalid hash '\(excerpt)': expected 64 lower-case hexadecimal digits")
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
            || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"))
    }

    /// Throws unless the file name is plain: up to 100 letters, digits, `.`, `_` and `-`, not beginning with `.` or
    /// `-`.
    static func checkName(_ name: String) throws(ArtifactStoreError) {
        let isPlain = name.utf8.allSatisfy { byte in
            let letter = byte | 0x20
            return (letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z"))
                || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || "._-".utf8.contains(byte)
        }
        guard isPlain, let first = name.first, first != ".", first != "-", name.utf8.count <= 100 else {
            throw ArtifactStoreError(
                .invalidName,
                "invalid file name '\(name.prefix(100))': expected up to 100 letters, digits, '.', '_' and '-', not "
                    + "beginning with '.' or '-'")
        }
    }

    /// Throws unless all files have different plain names.
    static func checkNames(of files: [FilePath], for hash: String) throws(ArtifactStoreError) {
        var names: Set<String> = []
        for file in files {
            let name = file.lastComponent?.string ?? ""
            try checkName(name)
            guard names.insert(name).inserted else {
                throw ArtifactStoreError(.invalidName, "the file name '\(name)' occurs twice for the hash \(hash)")
            }
        }
    }
}
