internal import HTTPClient
internal import Support

/// A role taken on with a token that something else signed, as Kubernetes does for service accounts
/// (AssumeRoleWithWebIdentity of AWS's token service). The token's file is read anew each time.
struct AWSWebIdentity: Sendable {
    private let tokenFile: String
    private let role: String
    private let session: String
    private let endpoint: String

    /// - Returns: nil when neither the environment (`profile` nil) nor the profile sets it up.
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

    /// Takes on the role.
    func load(_ client: HTTPClient) async throws -> Expiring<AWSCredentials> {
        let origin = "The token service \(endpoint)"
        let service = try Endpoint(endpoint, origin: "The token service's endpoint")
        let form = PercentEncoding.query([
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", session),
            ("WebIdentityToken", try CredentialRequest.secret(in: tokenFile, named: "AWS_WEB_IDENTITY_TOKEN_FILE")),
        ])
        let request = HTTPRequest(
            .post, service.url + "/", headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: .bytes(form.utf8))
        let body = try await CredentialRequest.body(
            of: request, client, origin: origin, isNear: false, advice: "Check the role \(role) and its trust policy.")
        guard let found = XMLElement(body)?["AssumeRoleWithWebIdentityResult"]?["Credentials"],
            let id = found["AccessKeyId"]?.text, let secret = found["SecretAccessKey"]?.text,
            let token = found["SessionToken"]?.text, let end = (found["Expiration"]?.text).flatMap(UTC.seconds)
        else { throw ArtifactStoreError(.credentials, "\(origin) answered with something other than credentials.") }
        return Expiring(
            value: AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token),
            lifetime: .seconds(max(0, end - UTC.now)))
    }
}
