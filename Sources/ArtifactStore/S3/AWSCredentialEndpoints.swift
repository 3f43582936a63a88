internal import FoundationEssentials
internal import HTTPClient
internal import Support

/// The endpoint with the credentials of a container's role (ECS, and EKS with pod identity).
struct AWSContainerCredentials: Sendable {
    private let url: String
    private let environment: [String: String]

    /// - Returns: `nil` if the environment has no endpoint.
    /// - Throws: ``ArtifactStoreError`` if secrets must not be sent to the endpoint's address.
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
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI must be an https: URL or an address of this machine"
                )
            }
            url = full
        } else {
            return nil
        }
    }

    /// Requests credentials.
    func load(_ client: HTTPClient) async throws -> Expiring<AWSCredentials> {
        var request = HTTPRequest(.get, url)
        if let file = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            request.headers["Authorization"] = try CredentialRequest.secret(
                in: file, named: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        } else if let token = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            request.headers["Authorization"] = token
        }
        let origin = "the container's credential endpoint"
        let body = try await CredentialRequest.body(
            of: request, client, origin: origin, isNear: true, advice: "check the container's role")
        return try AWSCredentialDocument.read(body, origin: origin)
    }
}

/// The credentials of an EC2 instance's role (instance metadata service, version 2).
struct AWSInstanceCredentials: Sendable {
    private let endpoint: Endpoint

    init(_ environment: [String: String]) throws(ArtifactStoreError) {
        endpoint = try Endpoint(
            environment.nonEmpty("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254",
            origin: "AWS_EC2_METADATA_SERVICE_ENDPOINT")
    }

    /// Requests a session token, the role's name and its credentials.
    func load(_ client: HTTPClient) async throws -> Expiring<AWSCredentials> {
        let origin = "the instance metadata service, the last source tried,"
        func text(_ method: HTTPRequest.Method, _ path: String, _ headers: HTTPHeaders) async throws -> [UInt8] {
            try await CredentialRequest.body(
                of: HTTPRequest(method, endpoint.url + path, headers: headers), client, origin: origin, isNear: true,
                advice: AWSCredentialChain.advice)
        }
        let session = try await text(.put, "/latest/api/token", ["X-aws-ec2-metadata-token-ttl-seconds": "21600"])
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": String(decoding: session, as: UTF8.self)]
        let folder = "/latest/meta-data/iam/security-credentials/"
        let roles = String(decoding: try await text(.get, folder, headers), as: UTF8.self)
        guard let role = roles.split(whereSeparator: \.isNewline).first else {
            throw ArtifactStoreError(.credentials, "the instance has no role; \(AWSCredentialChain.advice)")
        }
        let document = try await text(.get, folder + PercentEncoding.encode(role), headers)
        return try AWSCredentialDocument.read(document, origin: origin)
    }
}

/// A role that is assumed with a token of another issuer, as for Kubernetes service accounts (AssumeRoleWithWebIdentity
/// of AWS's token service). The token file is read every time.
struct AWSWebIdentity: Sendable {
    private let tokenFile: String
    private let role: String
    private let session: String
    private let endpoint: String

    /// - Parameter profile: the profile with the settings; `nil` to read them from the environment.
    /// - Returns: `nil` if the settings are missing.
    init?(_ environment: [String: String], profile: AWSProfile?, region: String) {
        let values = profile?.values
        guard
            let tokenFile = profile == nil
                ? environment.nonEmpty("AWS_WEB_IDENTITY_TOKEN_FILE") : values?["web_identity_token_file"],
            let role = profile == nil ? environment.nonEmpty("AWS_ROLE_ARN") : values?["role_arn"]
        else { return nil }
        self.tokenFile = tokenFile
        self.role = role
        session =
            (profile == nil ? environment.nonEmpty("AWS_ROLE_SESSION_NAME") : values?["role_session_name"])
            ?? "atmos-explorer"
        let end = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        endpoint =
            environment.nonEmpty("AWS_ENDPOINT_URL_STS") ?? environment.nonEmpty("AWS_ENDPOINT_URL")
            ?? "https://sts.\(region).\(end)"
    }

    /// Assumes the role.
    func load(_ client: HTTPClient) async throws -> Expiring<AWSCredentials> {
        let origin = "the token service \(endpoint)"
        let service = try Endpoint(endpoint, origin: "the token service's endpoint")
        let form = PercentEncoding.query([
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", session),
            ("WebIdentityToken", try CredentialRequest.secret(in: tokenFile, named: "AWS_WEB_IDENTITY_TOKEN_FILE")),
        ])
        let request = HTTPRequest(
            .post, service.url + "/", headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: .bytes(form.utf8))
        let body = try await CredentialRequest.body(
            of: request, client, origin: origin, isNear: false, advice: "check the role \(role) and its trust policy")
        guard let found = XMLElement(body)?["AssumeRoleWithWebIdentityResult"]?["Credentials"],
            let id = found["AccessKeyId"]?.text, let secret = found["SecretAccessKey"]?.text,
            let token = found["SessionToken"]?.text, let end = (found["Expiration"]?.text).flatMap(UTC.seconds)
        else { throw ArtifactStoreError(.credentials, "the response of \(origin) has no credentials") }
        return Expiring(
            value: AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token),
            lifetime: .seconds(max(0, end - UTC.now)))
    }
}

/// Temporary credentials in the format of the endpoints of containers and instances.
struct AWSCredentialDocument: Decodable {
    let AccessKeyId: String
    let SecretAccessKey: String
    let Token: String?
    let Expiration: String?

    /// Reads a document.
    ///
    /// - Parameter origin: the sender's name in errors.
    static func read(_ bytes: [UInt8], origin: String) throws(ArtifactStoreError) -> Expiring<AWSCredentials> {
        guard let document = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else {
            throw ArtifactStoreError(.credentials, "the response of \(origin) has no credentials")
        }
        return Expiring(
            value: AWSCredentials(
                accessKeyID: document.AccessKeyId, secretAccessKey: document.SecretAccessKey,
                sessionToken: document.Token?.isEmpty == true ? nil : document.Token),
            lifetime: document.Expiration.flatMap(UTC.seconds).map { .seconds(max(0, $0 - UTC.now)) })
    }
}
