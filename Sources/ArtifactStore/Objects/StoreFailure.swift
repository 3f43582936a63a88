internal import HTTPClient

/// What object stores and the services beside them answer, as errors of this module.
enum StoreFailure {
    /// For a request that got no whole response.
    static func error(_ error: HTTPError) -> ArtifactStoreError {
        switch error.code {
        case .invalidRequest: ArtifactStoreError(.invalidURL, error.message)
        case .fileSystem: ArtifactStoreError(.fileSystem, error.message)
        default: ArtifactStoreError(.unavailable, error.message)
        }
    }

    /// For a response that says that something is wrong.
    ///
    /// - Parameters:
    ///   - store: how the sentence names who answered: `S3 at HOST`.
    ///   - reason: the answer's own code and message, if any.
    static func error(
        status: Int, store: String, doing deed: String, reason: String
    ) -> ArtifactStoreError {
        let said = reason.isEmpty ? "status \(status)" : "\(reason.prefix(500)) (status \(status))"
        switch status {
        case 401, 403:
            return ArtifactStoreError(
                .accessDenied,
                "\(store) refused to \(deed): \(said); check the credentials and what they permit.")
        case 429, 500...:
            return ArtifactStoreError(.unavailable, "\(store) could not \(deed), and kept answering \(said).")
        default: return ArtifactStoreError(.refused, "\(store) did not \(deed): \(said).")
        }
    }
}
