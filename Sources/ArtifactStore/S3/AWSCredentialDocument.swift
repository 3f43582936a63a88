internal import FoundationEssentials
internal import HTTPClient
internal import Support

/// Temporary credentials as the endpoints of containers and machines give them.
struct AWSCredentialDocument: Decodable {
    let AccessKeyId: String
    let SecretAccessKey: String
    let Token: String?
    let Expiration: String?

    /// Reads a document.
    ///
    /// - Parameter origin: how the error names who sent it.
    static func read(_ bytes: [UInt8], origin: String) throws(ArtifactStoreError) -> Expiring<AWSCredentials> {
        guard let document = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else {
            throw ArtifactStoreError(.credentials, "\(origin) answered with something other than credentials.")
        }
        return Expiring(
            value: AWSCredentials(
                accessKeyID: document.AccessKeyId, secretAccessKey: document.SecretAccessKey,
                sessionToken: document.Token?.isEmpty == true ? nil : document.Token),
            lifetime: document.Expiration.flatMap(UTC.seconds).map { .seconds(max(0, $0 - UTC.now)) })
    }
}
