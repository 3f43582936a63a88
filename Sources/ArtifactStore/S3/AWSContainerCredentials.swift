internal import HTTPClient

/// The endpoint that gives a container its role's credentials (ECS, and EKS by pod identity).
struct AWSContainerCredentials: Sendable {
    private let url: String
    private let environment: [String: String]

    /// - Returns: nil when the environment names none.
    /// - Throws: ``ArtifactStoreError`` when it names an address to which no secret may be shown.
    init?(_ environment: [String: String]) throws(ArtifactStoreError) {
        self.environment = environment
        if let path = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            url = "http://169.254.170.2" + path
        } else if let full = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            let near = ["localhost", "127.0.0.1", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]
            let isNear = near.contains { host in
                ["/", ":", "?"].contains { full.hasPrefix("http://\(host)\($0)") } || full == "http://\(host)"
            }
            guard full.hasPrefix("https://") || isNear else {
                throw ArtifactStoreError(
                    .credentials,
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI must be an https: URL, or one of this machine or container.")
            }
            url = full
        } else {
            return nil
        }
    }

    /// Asks the endpoint.
    func load(_ client: HTTPClient) async throws -> Expiring<AWSCredentials> {
        var request = HTTPRequest(.get, url)
        if let file = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            request.headers["Authorization"] = try CredentialRequest.secret(
                in: file, named: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        } else if let token = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            request.headers["Authorization"] = token
        }
        let origin = "The container's credential endpoint"
        let body = try await CredentialRequest.body(
            of: request, client, origin: origin, isNear: true, advice: "Check the role given to the container.")
        return try AWSCredentialDocument.read(body, origin: origin)
    }
}
