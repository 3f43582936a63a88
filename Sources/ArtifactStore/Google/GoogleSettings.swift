/// Where a bucket of Google Cloud Storage is, and who asks.
struct GoogleSettings: Sendable {
    /// The URL's parameters.
    static let parameters = ["endpoint"]

    let bucket: String
    let endpoint: Endpoint
    /// Nil for an emulator, which asks nobody who they are.
    let credentials: GoogleCredentialChain?

    init(_ location: BucketURL, environment: [String: String]) throws(ArtifactStoreError) {
        bucket = location.bucket
        if let text = location.parameters["endpoint"] {
            endpoint = try Endpoint(text, origin: "The parameter 'endpoint' of a gs: URL")
            credentials = GoogleCredentialChain(environment: environment)
        } else if let text = environment.nonEmpty("STORAGE_EMULATOR_HOST") {
            endpoint = try Endpoint(text.contains("://") ? text : "http://\(text)", origin: "STORAGE_EMULATOR_HOST")
            credentials = nil
        } else {
            endpoint = Endpoint(https: "storage.googleapis.com")
            credentials = GoogleCredentialChain(environment: environment)
        }
    }
}
