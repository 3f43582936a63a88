internal import FoundationEssentials
package import HTTPClient
internal import Subprocess
internal import Support
package import SystemPackage

/// The credentials of a client at one moment.
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

/// The source of credentials.
package enum CredentialSource: Sendable {
    /// No source: there are no credentials, or only the client certificate of the configuration.
    case none
    /// A token that does not change.
    case token(String)
    /// A token file that is replaced regularly, for example by the kubelet. It is read every minute.
    case tokenFile(FilePath)
    /// A program that prints tokens or certificates.
    case plugin(ExecPlugin)

    /// Whether loading again may return other credentials.
    var canBeRenewed: Bool {
        switch self {
        case .none, .token: false
        case .tokenFile, .plugin: true
        }
    }

    /// Returns credentials and their lifetime.
    ///
    /// - Throws: ``KubernetesError`` with the code ``KubernetesError/Code/credentials``.
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
        func failure(_ reason: String) -> KubernetesError {
            KubernetesError(.credentials, "the token file '\(path)' of \(origin) \(reason)")
        }
        guard let text = try? String(contentsOfFile: path.string, encoding: .utf8) else {
            throw failure("cannot be read as text")
        }
        let token = text.trimmingPrefix(while: \.isWhitespace).prefix { !$0.isWhitespace }
        guard !token.isEmpty else { throw failure("is empty") }
        return String(token)
    }
}

/// A program that prints credentials (client.authentication.k8s.io), such as those of cloud providers.
///
/// It runs without a terminal: when credentials are first needed, before their `expirationTimestamp`, and when the
/// server rejects them.
package struct ExecPlugin: Sendable {
    /// `client.authentication.k8s.io/v1`, or `…/v1beta1`.
    package let apiVersion: String
    /// A name in PATH, or a path.
    package let command: String
    package let arguments: [String]
    /// The variables in addition to those of this process.
    package let environment: [String: String]
    /// The advice if the program is missing.
    package let installHint: String?
    /// Whether the program is passed the cluster.
    package let wantsCluster: Bool
    /// The maximum run time.
    var timeLimit: Duration = .seconds(60)

    private struct Result: Sendable {
        let status: TerminationStatus
        let output: [UInt8]
        let errorOutput: String
    }

    /// The maximum size of the output, in bytes.
    private static let maxOutput = 1 << 20

    /// Runs the program.
    ///
    /// - Throws: ``KubernetesError`` with the code ``KubernetesError/Code/credentials``, or `CancellationError`.
    func run(for configuration: KubernetesConfiguration) async throws -> Expiring<Credential> {
        let request = try String(decoding: JSONEncoder().encode(ExecRequest(self, configuration)), as: UTF8.self)
        var updates: [Environment.Key: String?] = ["KUBERNETES_EXEC_INFO": request]
        for (name, value) in environment { updates[Environment.Key(rawValue: name)!] = value }
        let result: Result
        do {
            result = try await TimeLimit.run(
                timeLimit,
                late: failure("did not end within \(TimeSpan(timeLimit)); it must not wait for input", configuration)
            ) { [updates] in
                let result = try await Subprocess.run(
                    command.contains("/") ? .path(FilePath(command)) : .name(command), arguments: Arguments(arguments),
                    environment: .inherit.updating(updates), input: .none, output: .bytes(limit: Self.maxOutput),
                    error: .string(limit: 64 << 10))
                return Result(
                    status: result.terminationStatus, output: result.standardOutput, errorOutput: result.standardError)
            }
        } catch let error as KubernetesError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw failure("cannot be started: \(error)" + (installHint.map { "; \($0)" } ?? ""), configuration)
        }
        guard result.status.isSuccess else {
            let lines = result.errorOutput.split(whereSeparator: \.isNewline).suffix(5).joined(separator: " ")
            throw failure("ended with \(result.status): \(lines.suffix(1000))", configuration)
        }
        return try ExecCredential(result.output, from: self) { failure($0, configuration) }.credential()
    }

    private func failure(_ reason: String, _ configuration: KubernetesConfiguration) -> KubernetesError {
        KubernetesError(.credentials, "the credential program '\(command)' of \(configuration.origin) \(reason)")
    }
}

/// The input of a credential program, in `KUBERNETES_EXEC_INFO`.
struct ExecRequest: Encodable {
    struct Spec: Encodable {
        struct Cluster: Encodable {
            enum CodingKeys: String, CodingKey {
                case server
                case serverName = "tls-server-name"
                case insecure = "insecure-skip-tls-verify"
                case authority = "certificate-authority-data"
                case proxy = "proxy-url"
            }

            let server: String
            let serverName: String?
            let insecure: Bool?
            let authority: Data?
            let proxy: String?
        }

        let interactive = false
        let cluster: Cluster?
    }

    let apiVersion: String
    let kind = "ExecCredential"
    let spec: Spec

    init(_ plugin: ExecPlugin, _ configuration: KubernetesConfiguration) {
        apiVersion = plugin.apiVersion
        guard plugin.wantsCluster else {
            spec = Spec(cluster: nil)
            return
        }
        let authority: Data? =
            switch configuration.tls.authorities {
            case .pem(let bytes): Data(bytes)
            case .file(let path): try? Data(contentsOf: URL(filePath: path.string))
            case nil: nil
            }
        var proxy: String?
        if case .url(let url) = configuration.proxy { proxy = url }
        spec = Spec(
            cluster: Spec.Cluster(
                server: configuration.server, serverName: configuration.tls.serverName,
                insecure: configuration.tls.verifiesServer ? nil : true, authority: authority, proxy: proxy))
    }
}

/// The output of a credential program.
struct ExecCredential {
    private struct Document: Decodable {
        struct Status: Decodable {
            let token: String?
            let clientCertificateData: String?
            let clientKeyData: String?
            let expirationTimestamp: String?
        }

        let apiVersion: String
        let kind: String
        let status: Status?
    }

    private let status: Document.Status
    private let failure: (String) -> KubernetesError

    /// - Parameter failure: returns the error for a reason.
    init(_ output: [UInt8], from plugin: ExecPlugin, failure: @escaping (String) -> KubernetesError) throws {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(output)),
            document.kind == "ExecCredential"
        else { throw failure("printed something other than an ExecCredential") }
        guard document.apiVersion == plugin.apiVersion else {
            throw failure(
                "printed the apiVersion '\(document.apiVersion)'; set it in the kubeconfig, which has "
                    + "'\(plugin.apiVersion)'"
            )
        }
        guard let status = document.status else { throw failure("printed no status and hence no credentials") }
        self.status = status
        self.failure = failure
    }

    /// Returns the credentials and their lifetime.
    func credential() throws -> Expiring<Credential> {
        let token = status.token.flatMap { $0.isEmpty ? nil : $0 }
        guard (status.clientCertificateData == nil) == (status.clientKeyData == nil) else {
            throw failure("printed a certificate without its key or a key without its certificate")
        }
        guard token != nil || status.clientCertificateData != nil else {
            throw failure("printed neither a token nor a certificate")
        }
        var lifetime: Duration?
        if let end = status.expirationTimestamp {
            guard let seconds = UTC.seconds(end) else {
                throw failure("printed an invalid expirationTimestamp '\(end)'; expected a time in UTC")
            }
            lifetime = .seconds(max(0, seconds - UTC.now))
        }
        return Expiring(
            value: Credential(
                token: token, certificate: status.clientCertificateData.map { .pem(Array($0.utf8)) },
                privateKey: status.clientKeyData.map { .pem(Array($0.utf8)) }),
            lifetime: lifetime)
    }
}
