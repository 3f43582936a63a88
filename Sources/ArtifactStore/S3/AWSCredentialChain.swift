internal import FoundationEssentials
internal import HTTPClient

/// AWS's credential provider chain. The sources are tried in this order: the environment, a web identity, the profile
/// in the shared files, the container's endpoint, the instance metadata. The first configured source is used from then
/// on.
struct AWSCredentialChain: Sendable {
    private enum Source: Sendable {
        case fixed(AWSCredentials)
        case webIdentity(AWSWebIdentity)
        case container(AWSContainerCredentials)
        case instance(AWSInstanceCredentials)
        case invalid(ArtifactStoreError)
    }

    private let source: Source

    /// - Parameters:
    ///   - profile: the profile that the environment selects, if it exists.
    ///   - region: the region of the token service.
    init(environment: [String: String], profile: AWSProfile?, region: String) {
        do throws(ArtifactStoreError) {
            source = try Self.source(environment, profile, region)
        } catch {
            source = .invalid(error)
        }
    }

    /// Returns credentials and their lifetime.
    func load(_ client: HTTPClient) async throws -> Expiring<AWSCredentials> {
        switch source {
        case .fixed(let credentials): Expiring(value: credentials, lifetime: nil)
        case .webIdentity(let identity): try await identity.load(client)
        case .container(let container): try await container.load(client)
        case .instance(let instance): try await instance.load(client)
        case .invalid(let error): throw error
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
                .credentials, "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set; set both or neither")
        }
        if let identity = AWSWebIdentity(environment, profile: nil, region: region) { return .webIdentity(identity) }
        if let profile, let source = try self.source(profile, environment, region) { return source }
        if let container = try AWSContainerCredentials(environment) { return .container(container) }
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else {
            throw ArtifactStoreError(.credentials, "no AWS credentials; \(advice)")
        }
        return .instance(try AWSInstanceCredentials(environment))
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
                "the AWS profile '\(profile.name)' uses '\(other)', which is not supported; put the credentials into "
                    + "the environment as printed by `aws configure export-credentials --format env`")
        }
        return nil
    }

    /// The advice for users without credentials.
    static let advice =
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials (AWS_PROFILE), or run in "
        + "a container or on an instance with a role"
}

/// The keys that sign requests to AWS. Secrets are never printed.
struct AWSCredentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    let accessKeyID: String
    let secretAccessKey: String
    /// Only for temporary credentials.
    var sessionToken: String?

    /// The access key's ID, without secrets.
    var description: String { "credentials of the access key \(accessKeyID)" }
    var debugDescription: String { description }
}

/// A profile in AWS's shared files `~/.aws/credentials` and `~/.aws/config`.
struct AWSProfile: Sendable {
    let name: String
    /// The values of both files; the credentials file takes precedence.
    let values: [String: String]

    /// Reads the profile that the environment selects, else `default`.
    ///
    /// - Returns: `nil` if no profile was selected and `default` does not exist.
    init?(environment: [String: String]) throws(ArtifactStoreError) {
        let named = environment.nonEmpty("AWS_PROFILE")
        name = named ?? "default"
        let home = environment.nonEmpty("HOME").map { "\($0)/.aws" }
        let credentials = environment.nonEmpty("AWS_SHARED_CREDENTIALS_FILE") ?? home.map { "\($0)/credentials" }
        let config = environment.nonEmpty("AWS_CONFIG_FILE") ?? home.map { "\($0)/config" }
        let section = name == "default" ? [name, "profile default"] : ["profile \(name)"]
        var values: [String: String] = [:]
        var isFound = false
        for (file, sections) in [(config, section), (credentials, [name])] {
            guard let text = file.flatMap({ try? String(contentsOfFile: $0, encoding: .utf8) }) else { continue }
            for (title, entries) in Self.sections(of: text) where sections.contains(title) {
                isFound = true
                values.merge(entries) { $1 }
            }
        }
        if !isFound {
            guard let named else { return nil }
            throw ArtifactStoreError(
                .credentials,
                "AWS_PROFILE is '\(named)', but neither \(credentials ?? "~/.aws/credentials") nor "
                    + "\(config ?? "~/.aws/config") has that profile")
        }
        self.values = values
    }

    /// Parses sections of the form `[name]` with lines `key = value`. Indented lines, which hold nested settings, are
    /// skipped.
    static func sections(of text: String) -> [(title: String, entries: [String: String])] {
        var sections: [(title: String, entries: [String: String])] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, first != "#", first != ";", !first.isWhitespace else { continue }
            if first == "[" {
                let title = line.dropFirst().prefix { $0 != "]" }.split(whereSeparator: \.isWhitespace)
                sections.append((title.joined(separator: " "), [:]))
            } else if let equals = line.firstIndex(of: "="), !sections.isEmpty {
                let key = line[..<equals].trimmed
                var value = line[line.index(after: equals)...].trimmed
                if let comment = value.firstRange(of: /\s[#;]/) { value = value[..<comment.lowerBound].trimmed }
                sections[sections.count - 1].entries[key.lowercased()] = String(value)
            }
        }
        return sections
    }
}

extension Substring {
    /// The text without white space at its ends.
    fileprivate var trimmed: Substring {
        var text = drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
