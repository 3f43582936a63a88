internal import FoundationEssentials
internal import HTTPClient
internal import Support
internal import SystemPackage

/// What a credential program is told, in `KUBERNETES_EXEC_INFO`.
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

/// What a credential program prints.
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

    /// - Parameter failure: makes an error of what is wrong.
    init(_ output: [UInt8], from plugin: ExecPlugin, failure: @escaping (String) -> KubernetesError) throws {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(output)),
            document.kind == "ExecCredential"
        else { throw failure("printed something other than an ExecCredential") }
        guard document.apiVersion == plugin.apiVersion else {
            throw failure(
                "speaks \(document.apiVersion), not \(plugin.apiVersion) as the kubeconfig says; correct that")
        }
        guard let status = document.status else { throw failure("gave no status, so no credentials") }
        self.status = status
        self.failure = failure
    }

    /// The credentials, and how long they are good for.
    func credential() throws -> Expiring<Credential> {
        let token = status.token.flatMap { $0.isEmpty ? nil : $0 }
        guard (status.clientCertificateData == nil) == (status.clientKeyData == nil) else {
            throw failure("gave a certificate without its key, or the other way round")
        }
        guard token != nil || status.clientCertificateData != nil else {
            throw failure("gave neither a token nor a certificate")
        }
        var lifetime: Duration?
        if let end = status.expirationTimestamp {
            guard let seconds = UTC.seconds(end) else {
                throw failure("gave an expirationTimestamp, '\(end)', that is no time in UTC")
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
