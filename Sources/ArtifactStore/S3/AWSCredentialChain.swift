internal import HTTPClient

/// Where AWS's tools look for credentials, in their order: the environment, a web identity, the shared files' profile,
/// the container's endpoint, the machine's metadata. The first that is set up is taken, for good.
struct AWSCredentialChain: Sendable {
    private enum Source: Sendable {
        case fixed(AWSCredentials)
        case webIdentity(AWSWebIdentity)
        case container(AWSContainerCredentials)
        case machine(AWSMachineCredentials)
        case broken(ArtifactStoreError)
    }

    private let source: Source

    /// - Parameters:
    ///   - profile: the profile that the environment names, if there is one.
    ///   - region: whose token service is asked.
    init(environment: [String: String], profile: AWSProfile?, region: String) {
        do throws(ArtifactStoreError) {
            source = try Self.source(environment, profile, region)
        } catch {
            source = .broken(error)
        }
    }

    /// Credentials, and how long they are good for.
    func load(_ client: HTTPClient) async throws -> Expiring<AWSCredentials> {
        switch source {
        case .fixed(let credentials): Expiring(value: credentials, lifetime: nil)
        case .webIdentity(let identity): try await identity.load(client)
        case .container(let container): try await container.load(client)
        case .machine(let machine): try await machine.load(client)
        case .broken(let error): throw error
        }
    }

    private static func source(
        _ environment: [String: String], _ profile: AWSProfile?, _ region: String
    ) throws(ArtifactStoreError) -> Source {
        let id = environment.nonEmpty("AWS_ACCESS_KEY_ID")
        let secret = environment.nonEmpty("AWS_SECRET_ACCESS_KEY")
        if let id, let secret {
            return .fixed(
                AWSCredentials(
                    accessKeyID: id, secretAccessKey: secret, sessionToken: environment.nonEmpty("AWS_SESSION_TOKEN")))
        }
        guard id == nil, secret == nil else {
            throw ArtifactStoreError(
                .credentials, "Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set; set both, or neither.")
        }
        if let identity = AWSWebIdentity(environment, profile: nil, region: region) { return .webIdentity(identity) }
        if let profile, let source = try self.source(profile, environment, region) { return source }
        if let container = try AWSContainerCredentials(environment) { return .container(container) }
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else {
            throw ArtifactStoreError(.credentials, "No AWS credentials: \(advice).")
        }
        return .machine(try AWSMachineCredentials(environment))
    }

    private static func source(
        _ profile: AWSProfile, _ environment: [String: String], _ region: String
    ) throws(ArtifactStoreError) -> Source? {
        if let id = profile.values["aws_access_key_id"], let secret = profile.values["aws_secret_access_key"] {
            return .fixed(
                AWSCredentials(
                    accessKeyID: id, secretAccessKey: secret, sessionToken: profile.values["aws_session_token"]))
        }
        if let identity = AWSWebIdentity(environment, profile: profile, region: region) {
            return .webIdentity(identity)
        }
        let others = ["role_arn", "sso_session", "sso_start_url", "credential_process"].filter {
            profile.values[$0] != nil
        }
        if let other = others.first {
            throw ArtifactStoreError(
                .credentials,
                "The AWS profile '\(profile.name)' has its credentials by '\(other)', which is not supported here: "
                    + "put them into the environment, as `aws configure export-credentials --format env` prints them.")
        }
        return nil
    }

    /// What to do when nothing was found.
    static let advice =
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials (AWS_PROFILE), or run "
        + "where a role is given to the container or the machine"
}
