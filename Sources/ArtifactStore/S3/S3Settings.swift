/// Where a bucket of S3, or of a server that speaks its language, is.
struct S3Settings: Sendable {
    /// The URL's parameters.
    static let parameters = ["endpoint", "region", "path_style"]

    let bucket: String
    let region: String
    let endpoint: Endpoint
    /// The path of the bucket at the endpoint: `/BUCKET/` or `/`.
    let root: String
    let credentials: AWSCredentialChain

    init(_ location: BucketURL, environment: [String: String]) throws(ArtifactStoreError) {
        bucket = location.bucket
        let profile = try AWSProfile(environment: environment)
        let region =
            location.parameters["region"] ?? environment.nonEmpty("AWS_REGION")
            ?? environment.nonEmpty("AWS_DEFAULT_REGION") ?? profile?.values["region"] ?? "us-east-1"
        guard region.wholeMatch(of: /[a-z0-9][a-z0-9\-]*/) != nil else {
            throw ArtifactStoreError(.invalidURL, "'\(region)' is no region's name, such as eu-central-1.")
        }
        self.region = region
        credentials = AWSCredentialChain(environment: environment, profile: profile, region: region)

        let named =
            location.parameters["endpoint"].map { ($0, "The parameter 'endpoint' of an s3: URL") }
            ?? environment.nonEmpty("AWS_ENDPOINT_URL_S3").map { ($0, "AWS_ENDPOINT_URL_S3") }
            ?? environment.nonEmpty("AWS_ENDPOINT_URL").map { ($0, "AWS_ENDPOINT_URL") }
        let service = try named.map { text, origin throws(ArtifactStoreError) in try Endpoint(text, origin: origin) }
        // A name with a dot has no certificate below the service's own name.
        let usesPath = try Self.flag(location) ?? (service != nil || bucket.contains("."))
        let end = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        let base = service ?? Endpoint(https: "s3.\(region).\(end)")
        endpoint = usesPath ? base : base.subdomain(bucket)
        root = usesPath ? "/\(bucket)/" : "/"
    }

    private static func flag(_ location: BucketURL) throws(ArtifactStoreError) -> Bool? {
        switch location.parameters["path_style"] {
        case nil: return nil
        case "true": return true
        case "false": return false
        case let text?:
            throw ArtifactStoreError(
                .invalidURL, "The parameter 'path_style' of an s3: URL is 'true' or 'false', not '\(text)'.")
        }
    }
}
