internal import HTTPClient

/// The credentials of the role that an EC2 machine has (instance metadata, version 2).
struct AWSMachineCredentials: Sendable {
    private let endpoint: Endpoint

    init(_ environment: [String: String]) throws(ArtifactStoreError) {
        endpoint = try Endpoint(
            environment.nonEmpty("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254",
            origin: "AWS_EC2_METADATA_SERVICE_ENDPOINT")
    }

    /// Asks the machine's metadata: for a session, for the role's name, for its credentials.
    func load(_ client: HTTPClient) async throws -> Expiring<AWSCredentials> {
        let origin = "The machine's metadata service, the last place looked at,"
        func text(_ method: HTTPRequest.Method, _ path: String, _ headers: HTTPHeaders) async throws -> [UInt8] {
            try await CredentialRequest.body(
                of: HTTPRequest(method, endpoint.url + path, headers: headers), client, origin: origin, isNear: true,
                advice: "For AWS credentials \(AWSCredentialChain.advice).")
        }
        let session = try await text(.put, "/latest/api/token", ["X-aws-ec2-metadata-token-ttl-seconds": "21600"])
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": String(decoding: session, as: UTF8.self)]
        let folder = "/latest/meta-data/iam/security-credentials/"
        let roles = String(decoding: try await text(.get, folder, headers), as: UTF8.self)
        guard let role = roles.split(whereSeparator: \.isNewline).first else {
            throw ArtifactStoreError(.credentials, "The machine has no role: \(AWSCredentialChain.advice).")
        }
        let document = try await text(.get, folder + PercentEncoding.encode(role), headers)
        return try AWSCredentialDocument.read(document, origin: origin)
    }
}
