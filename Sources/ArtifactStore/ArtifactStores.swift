/// Opens artifact stores by their URLs.
package enum ArtifactStores {
    /// Opens the store at `url`: `file:///ABSOLUTE/FOLDER`. The folder is made if need be.
    ///
    /// - Throws: ``ArtifactStoreError`` that says what is wrong with the URL, or why the folder cannot be used.
    package static func open(url: String) throws(ArtifactStoreError) -> any ArtifactStore {
        guard let end = url.firstIndex(of: ":") else {
            throw ArtifactStoreError(
                .invalidURL, "'\(url)' is not the URL of an artifact store: it would begin with file:///.")
        }
        switch url[..<end].lowercased() {
        case "file": return try FolderArtifactStore(url: url)
        case let scheme:
            throw ArtifactStoreError(
                .invalidURL, "Artifact stores of the kind \(scheme): are not supported by this build; file:/// is.")
        }
    }
}
