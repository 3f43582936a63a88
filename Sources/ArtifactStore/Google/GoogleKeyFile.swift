internal import FoundationEssentials
internal import HTTPClient
internal import Support

/// A file of Google's with credentials: a service account's key, or what `gcloud` writes of a person.
struct GoogleKeyFile: Sendable {
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
            throw ArtifactStoreError(.credentials, "\(file) is not a JSON file of Google credentials.")
        }
        self.file = file
        self.contents = contents
    }

    /// Has an access token for what the file holds.
    func load(_ client: HTTPClient) async throws -> Expiring<String> {
        let service = contents.token_uri ?? Self.tokenService
        let request = HTTPRequest(
            .post, service, headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: .bytes(PercentEncoding.query(try form(for: service)).utf8))
        let origin = "Google's token service \(service)"
        let body = try await CredentialRequest.body(
            of: request, client, origin: origin, isNear: false, advice: "Check the key in \(file).")
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
                "\(file) holds credentials of the type '\(contents.type)', and only service_account and "
                    + "authorized_user are supported here.")
        }
    }

    private var incomplete: ArtifactStoreError {
        ArtifactStoreError(.credentials, "\(file) lacks a part of its \(contents.type) credentials.")
    }

    /// A statement, signed with the account's key, that the account asks for a token (RFC 7523).
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
            throw ArtifactStoreError(.credentials, "\(file) holds no RSA private key that OpenSSL can read.")
        }
        return "\(text).\(Self.base64URL(Data(signature)))"
    }

    /// Base64 for URLs, without padding (RFC 4648, 5).
    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
