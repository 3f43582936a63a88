internal import FoundationEssentials
internal import HTTPClient
internal import Support

/// Google's application default credentials. The sources are tried in this order: the file in
/// `GOOGLE_APPLICATION_CREDENTIALS`, the file that `gcloud auth application-default login` writes, the metadata server.
struct GoogleCredentialChain: Sendable {
    private let environment: [String: String]

    init(environment: [String: String]) {
        self.environment = environment
    }

    /// Returns an access token and its lifetime.
    func load(_ client: HTTPClient) async throws -> Expiring<String> {
        if let file = environment.nonEmpty("GOOGLE_APPLICATION_CREDENTIALS") {
            let text = try CredentialRequest.secret(in: file, named: "GOOGLE_APPLICATION_CREDENTIALS")
            return try await GoogleCredentialFile(text, file: file).load(client)
        }
        let folder =
            environment.nonEmpty("CLOUDSDK_CONFIG") ?? environment.nonEmpty("HOME").map { "\($0)/.config/gcloud" }
        if let file = folder.map({ "\($0)/application_default_credentials.json" }),
            let text = try? String(contentsOfFile: file, encoding: .utf8)
        {
            return try await GoogleCredentialFile(text, file: file).load(client)
        }
        return try await fromMetadata(client)
    }

    private func fromMetadata(_ client: HTTPClient) async throws -> Expiring<String> {
        let host = environment.nonEmpty("GCE_METADATA_HOST") ?? "metadata.google.internal"
        let service = try Endpoint("http://\(host)", origin: "GCE_METADATA_HOST")
        let origin = "the metadata server, the last source tried,"
        let body = try await CredentialRequest.body(
            of: HTTPRequest(
                .get, service.url + "/computeMetadata/v1/instance/service-accounts/default/token",
                headers: ["Metadata-Flavor": "Google"]), client, origin: origin, isNear: true,
            advice:
                "set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file, or run on a machine with a "
                + "service account")
        return try GoogleToken.read(body, origin: origin)
    }
}

/// The response of Google's token endpoints.
struct GoogleToken: Decodable {
    let access_token: String
    let expires_in: Int?

    /// Reads a response.
    ///
    /// - Parameter origin: the sender's name in errors.
    static func read(_ bytes: [UInt8], origin: String) throws(ArtifactStoreError) -> Expiring<String> {
        guard let token = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else {
            throw ArtifactStoreError(.credentials, "the response of \(origin) is not an access token")
        }
        return Expiring(value: token.access_token, lifetime: .seconds(token.expires_in ?? 3600))
    }
}

/// A file with Google credentials: the key of a service account, or a user's credentials written by `gcloud`.
struct GoogleCredentialFile: Sendable {
    private struct Contents: Decodable {
        let type: String
        let client_email: String?
        let private_key: String?
        let private_key_id: String?
        let token_uri: String?
        let client_id: String?
        let client_secret: String?
        let refresh_token: String?
    }

    private static let scope = "https://www.googleapis.com/auth/devstorage.read_write"
    private static let tokenService = "https://oauth2.googleapis.com/token"

    private let file: String
    private let contents: Contents

    init(_ text: String, file: String) throws(ArtifactStoreError) {
        guard let contents = try? JSONDecoder().decode(Contents.self, from: Data(text.utf8)) else {
            throw ArtifactStoreError(.credentials, "'\(file)' is not a JSON file of Google credentials")
        }
        self.file = file
        self.contents = contents
    }

    /// Exchanges the credentials for an access token.
    func load(_ client: HTTPClient) async throws -> Expiring<String> {
        let service = contents.token_uri ?? Self.tokenService
        let request = HTTPRequest(
            .post, service, headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: .bytes(PercentEncoding.query(try form(for: service)).utf8))
        let origin = "the token service \(service)"
        let body = try await CredentialRequest.body(
            of: request, client, origin: origin, isNear: false, advice: "check the key in '\(file)'")
        return try GoogleToken.read(body, origin: origin)
    }

    private func form(for service: String) throws(ArtifactStoreError) -> [(name: String, value: String)] {
        switch contents.type {
        case "service_account":
            guard let email = contents.client_email, let key = contents.private_key else { throw incomplete }
            return [
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                ("assertion", try assertion(of: email, key: key, for: service)),
            ]
        case "authorized_user":
            guard let id = contents.client_id, let secret = contents.client_secret, let token = contents.refresh_token
            else { throw incomplete }
            return [
                ("grant_type", "refresh_token"), ("client_id", id), ("client_secret", secret), ("refresh_token", token),
            ]
        default:
            throw ArtifactStoreError(
                .credentials,
                "'\(file)' has credentials of the type '\(contents.type)'; only service_account and authorized_user "
                    + "are supported")
        }
    }

    private var incomplete: ArtifactStoreError {
        ArtifactStoreError(.credentials, "'\(file)' has incomplete \(contents.type) credentials")
    }

    /// A token request of the account, signed with its key (RFC 7523).
    private func assertion(
        of email: String, key: String, for service: String
    ) throws(ArtifactStoreError) -> String {
        struct Header: Encodable {
            var alg = "RS256"
            var typ = "JWT"
            let kid: String?
        }
        struct Claims: Encodable {
            let iss: String
            let scope: String
            let aud: String
            let iat: Int
            let exp: Int
        }
        let now = UTC.now
        let claims = Claims(iss: email, scope: Self.scope, aud: service, iat: now, exp: now + 3600)
        guard let header = try? JSONEncoder().encode(Header(kid: contents.private_key_id)),
            let body = try? JSONEncoder().encode(claims)
        else { throw incomplete }
        let text = "\(Self.base64URL(header)).\(Self.base64URL(body))"
        guard let signature = RSASignature.sign(Array(text.utf8), privateKey: key) else {
            throw ArtifactStoreError(.credentials, "'\(file)' has no valid RSA private key")
        }
        return "\(text).\(Self.base64URL(Data(signature)))"
    }

    /// Base64 for URLs, without padding (RFC 4648, 5).
    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
