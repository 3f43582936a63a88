internal import FoundationEssentials
package import HTTPClient
package import SystemPackage

/// What shows an API server who asks, at one moment.
package struct Credential: Sendable, Hashable {
    package var token: String?
    package var certificate: TLSOptions.Source?
    package var privateKey: TLSOptions.Source?

    package init(token: String? = nil, certificate: TLSOptions.Source? = nil, privateKey: TLSOptions.Source? = nil) {
        self.token = token
        self.certificate = certificate
        self.privateKey = privateKey
    }
}

/// Where credentials come from.
package enum CredentialSource: Sendable {
    /// From nowhere, or from the client certificate of the configuration.
    case none
    /// A token that does not change.
    case token(String)
    /// A file whose content is replaced from time to time, as the kubelet does; it is read again every minute.
    case tokenFile(FilePath)
    /// A program that hands out tokens or certificates.
    case plugin(ExecPlugin)

    /// Whether asking again may give others.
    var canBeRenewed: Bool {
        switch self {
        case .none, .token: false
        case .tokenFile, .plugin: true
        }
    }

    /// Has credentials, and how long they are good for.
    ///
    /// - Throws: ``KubernetesError`` of code ``KubernetesError/Code/credentials``.
    func load(for configuration: KubernetesConfiguration) async throws -> Expiring<Credential> {
        switch self {
        case .none:
            return Expiring(value: Credential(), lifetime: nil)
        case .token(let token):
            return Expiring(value: Credential(token: token), lifetime: nil)
        case .tokenFile(let path):
            return Expiring(
                value: Credential(token: try Self.token(in: path, for: configuration.origin)), lifetime: .seconds(60))
        case .plugin(let plugin):
            return try await plugin.run(for: configuration)
        }
    }

    private static func token(in path: FilePath, for origin: String) throws -> String {
        func refuse(_ reason: String) -> KubernetesError {
            KubernetesError(.credentials, "The token of \(origin) should be in \(path), which \(reason).")
        }
        guard let text = try? String(contentsOfFile: path.string, encoding: .utf8) else {
            throw refuse("cannot be read as text")
        }
        let token = text.trimmingPrefix(while: \.isWhitespace).prefix { !$0.isWhitespace }
        guard !token.isEmpty else { throw refuse("is empty") }
        return String(token)
    }
}
