internal import FoundationEssentials
internal import HTTPClient

/// Opens artifact stores by their URLs.
package enum ArtifactStores {
    /// Opens a store: `file:///ABSOLUTE/FOLDER` (which is made if need be), `s3://BUCKET/PREFIX` or `gs://BUCKET/PREFIX`.
    ///
    /// Only a folder is touched by this; a bucket is first asked for when something is kept or fetched. `README.md` has
    /// the URLs' parameters, and where credentials are looked for.
    ///
    /// - Parameter environment: where credentials and endpoints are looked for.
    /// - Throws: ``ArtifactStoreError`` that says what is wrong with the URL, or why the folder cannot be used.
    package static func open(
        url: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ArtifactStoreError) -> any ArtifactStore {
        guard let end = url.firstIndex(of: ":") else {
            throw ArtifactStoreError(
                .invalidURL,
                "'\(url)' is not the URL of an artifact store: it would begin with file:///, s3:// or gs://.")
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
                "There are no artifact stores of the kind \(scheme): but file:///FOLDER, s3://BUCKET/PREFIX and "
                    + "gs://BUCKET/PREFIX.")
        }
    }
}
