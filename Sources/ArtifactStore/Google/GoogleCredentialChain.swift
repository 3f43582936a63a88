internal import FoundationEssentials
internal import HTTPClient

/// Where Google's tools look for credentials, in their order: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, the
/// one that `gcloud auth application-default login` writes, the machine's metadata.
struct GoogleCredentialChain: Sendable {
    private let environment: [String: String]

    init(environment: [String: String]) {
        self.environment = environment
    }

    /// An access token, and how long it is good for.
    func load(_ client: HTTPClient) async throws -> Expiring<String> {
        if let file = environment.nonEmpty("GOOGLE_APPLICATION_CREDENTIALS") {
            let text = try CredentialRequest.secret(in: file, named: "GOOGLE_APPLICATION_CREDENTIALS")
            return try await GoogleKeyFile(text, file: file).load(client)
        }
        let folder =
            environment.nonEmpty("CLOUDSDK_CONFIG") ?? environment.nonEmpty("HOME").map { "\($0)/.config/gcloud" }
        if let file = folder.map({ "\($0)/application_default_credentials.json" }),
            let text = try? String(contentsOfFile: file, encoding: .utf8)
        {
            return try await GoogleKeyFile(text, file: file).load(client)
        }
        return try await fromMetadata(client)
    }

    private func fromMetadata(_ client: HTTPClient) async throws -> Expiring<String> {
        let host = environment.nonEmpty("GCE_METADATA_HOST") ?? "metadata.google.internal"
        let service = try Endpoint("http://\(host)", origin: "GCE_METADATA_HOST")
        let origin = "The machine's metadata service, the last place looked at,"
        let body = try await CredentialRequest.body(
            of: HTTPRequest(
                .get, service.url + "/computeMetadata/v1/instance/service-accounts/default/token",
                headers: ["Metadata-Flavor": "Google"]), client, origin: origin, isNear: true,
            advice:
                "Set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file, or run where a service account "
                + "is given to the machine.")
        return try GoogleToken.read(body, origin: origin)
    }
}

/// What Google's token endpoints answer with.
struct GoogleToken: Decodable {
    let access_token: String
    let expires_in: Int?

    /// Reads an answer.
    ///
    /// - Parameter origin: how the error names who sent it.
    static func read(_ bytes: [UInt8], origin: String) throws(ArtifactStoreError) -> Expiring<String> {
        guard let token = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else {
            throw ArtifactStoreError(.credentials, "\(origin) answered with something other than an access token.")
        }
        return Expiring(value: token.access_token, lifetime: .seconds(token.expires_in ?? 3600))
    }
}
