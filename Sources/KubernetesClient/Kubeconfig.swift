internal import FoundationEssentials
internal import HTTPClient
internal import SystemPackage
internal import Yams

/// The merged kubeconfig files. As for kubectl, the first file with a cluster, user or context of a name, or with a
/// current context, takes precedence.
package struct Kubeconfig {
    /// An entry and the folder of its file, to which its relative paths refer.
    private struct Entry<Value> {
        let value: Value
        let folder: FilePath
    }

    private var clusters: [String: Entry<KubeconfigFile.Cluster>] = [:]
    private var users: [String: Entry<KubeconfigFile.User>] = [:]
    private var contexts: [String: Entry<KubeconfigFile.Context>] = [:]
    private var currentContext: String?
    private let place: String

    /// Reads one or several files. Missing files are skipped if there are several.
    ///
    /// - Parameter paths: the files, separated by colons as in `KUBECONFIG`.
    /// - Throws: ``KubernetesError`` with the code ``KubernetesError/Code/configuration``.
    package init(paths: String) throws(KubernetesError) {
        let files = paths.split(separator: ":").map { FilePath(String($0)) }
        place = files.map(\.string).joined(separator: ", ")
        var hasFile = false
        for file in files {
            guard let text = try? String(contentsOfFile: file.string, encoding: .utf8) else {
                if files.count > 1, !FileManager.default.fileExists(atPath: file.string) { continue }
                throw KubernetesError(.configuration, "cannot read the kubeconfig '\(file)' as text")
            }
            hasFile = true
            try add(text, file)
        }
        guard hasFile else {
            throw KubernetesError(.configuration, "the kubeconfig files '\(paths)' do not exist")
        }
    }

    /// Returns the configuration of a context.
    ///
    /// - Parameters:
    ///   - name: the context; `nil` for the current one.
    ///   - allowsInsecure: whether a cluster with an unverified server may be used.
    /// - Throws: ``KubernetesError`` with the code ``KubernetesError/Code/configuration``.
    package func configuration(
        context name: String? = nil, allowsInsecure: Bool = false
    ) throws(KubernetesError) -> KubernetesConfiguration {
        guard let name = name ?? currentContext else {
            throw failure("there is no current context; select one of \(Self.list(contexts.keys))")
        }
        let context = try find(name, in: contexts, "context").value
        guard let clusterName = context.cluster, !clusterName.isEmpty else {
            throw failure("the context '\(name)' has no cluster")
        }
        let cluster = try find(clusterName, in: clusters, "cluster")
        guard let server = cluster.value.server, !server.isEmpty else {
            throw failure("the cluster '\(clusterName)' has no server")
        }
        var configuration = try KubernetesConfiguration(
            server: server, namespace: context.namespace.flatMap { $0.isEmpty ? nil : $0 },
            origin: "context '\(name)' of \(place)")
        try secure(&configuration, cluster, clusterName, allowsInsecure: allowsInsecure)
        if let user = context.user, !user.isEmpty {
            try authenticate(&configuration, try find(user, in: users, "user"), user)
        }
        return configuration
    }

    private mutating func add(_ text: String, _ file: FilePath) throws(KubernetesError) {
        // YAMLDecoder rejects an empty file.
        if text.allSatisfy(\.isWhitespace) { return }
        let content: KubeconfigFile
        do {
            content = try YAMLDecoder().decode(KubeconfigFile.self, from: text)
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
            // Yams quotes the line, which may contain a secret.
            throw KubernetesError(.configuration, "the kubeconfig '\(file)' is not valid YAML")
        } catch let error as DecodingError {
            throw KubernetesError(
                .configuration, "the kubeconfig '\(file)' is invalid at \(Self.place(of: error))")
        } catch {
            throw KubernetesError(.configuration, "the kubeconfig '\(file)' is not valid YAML")
        }
        let folder = file.removingLastComponent()
        func merge<Value>(_ new: [KubeconfigFile.Named<Value>]?, into old: inout [String: Entry<Value>]) {
            for entry in new ?? [] where old[entry.name] == nil {
                old[entry.name] = Entry(value: entry.value, folder: folder)
            }
        }
        merge(content.clusters, into: &clusters)
        merge(content.users, into: &users)
        merge(content.contexts, into: &contexts)
        if currentContext == nil, let current = content.currentContext, !current.isEmpty { currentContext = current }
    }

    private func secure(
        _ configuration: inout KubernetesConfiguration, _ cluster: Entry<KubeconfigFile.Cluster>, _ name: String,
        allowsInsecure: Bool
    ) throws(KubernetesError) {
        configuration.tls.authorities = try source(
            data: cluster.value.authorityData, file: cluster.value.authority, folder: cluster.folder,
            "certificate-authority-data of the cluster '\(name)'")
        configuration.tls.serverName = cluster.value.serverName.flatMap { $0.isEmpty ? nil : $0 }
        if let proxy = cluster.value.proxy, !proxy.isEmpty {
            guard proxy.wholeMatch(of: #/(?i)(https?|socks5)://[^/\s]+/?/#) != nil else {
                throw failure("invalid proxy-url of the cluster '\(name)': expected http://, https:// or socks5://")
            }
            configuration.proxy = .url(proxy)
        }
        if cluster.value.isInsecure == true {
            guard configuration.tls.authorities == nil else {
                throw failure(
                    "the cluster '\(name)' has both an authority and insecure-skip-tls-verify; remove one of them")
            }
            guard allowsInsecure else {
                throw failure(
                    "the cluster '\(name)' has insecure-skip-tls-verify, so an attacker on the network could "
                        + "impersonate it; set a certificate-authority, or confirm with --insecure-skip-tls-verify")
            }
            configuration.tls.verifiesServer = false
        }
    }

    private func authenticate(
        _ configuration: inout KubernetesConfiguration, _ user: Entry<KubeconfigFile.User>, _ name: String
    ) throws(KubernetesError) {
        let value = user.value
        if let provider = value.provider {
            throw failure(
                "the user '\(name)' has the auth-provider '\(provider.name ?? "")', which Kubernetes 1.26 removed; use "
                    + "the exec program that replaces it")
        }
        if value.username != nil || value.password != nil {
            throw failure(
                "the user '\(name)' has a username or password, which Kubernetes 1.19 removed; use a token, a client "
                    + "certificate or an exec program")
        }
        if value.actsAsID != nil || value.actsAsExtra != nil {
            throw failure("the user '\(name)' has as-uid or as-user-extra; only as and as-groups are supported")
        }
        let certificate = try source(
            data: value.certificateData, file: value.certificate, folder: user.folder,
            "client-certificate-data of the user '\(name)'")
        let key = try source(
            data: value.keyData, file: value.key, folder: user.folder, "client-key-data of the user '\(name)'")
        guard (certificate == nil) == (key == nil) else {
            throw failure(
                "the user '\(name)' has a client certificate without its key or a key without its certificate")
        }
        (configuration.tls.certificate, configuration.tls.privateKey) = (certificate, key)
        if let user = value.actsAs, !user.isEmpty {
            configuration.impersonation = .init(user: user, groups: value.actsAsGroups ?? [])
        }
        configuration.credentials = try credentials(of: user, name)
    }

    /// Returns the user's credentials in addition to a certificate. As for kubectl, a token file takes precedence over
    /// a token.
    private func credentials(
        of user: Entry<KubeconfigFile.User>, _ name: String
    ) throws(KubernetesError) -> CredentialSource {
        if let file = user.value.tokenFile, !file.isEmpty { return .tokenFile(user.folder.pushing(FilePath(file))) }
        if let token = user.value.token, !token.isEmpty {
            guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw failure("the token of the user '\(name)' has an invalid character")
            }
            return .token(token)
        }
        guard let exec = user.value.exec else { return .none }
        guard let version = exec.apiVersion,
            ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"].contains(version)
        else {
            throw failure(
                "the exec program of the user '\(name)' has the apiVersion '\(exec.apiVersion ?? "")'; "
                    + "client.authentication.k8s.io/v1 and …/v1beta1 are supported")
        }
        guard exec.interactiveMode != "Always" else {
            throw failure("the exec program of the user '\(name)' always asks for input; use one that does not")
        }
        // A path with a slash is relative to the kubeconfig; a name is looked up in PATH.
        let command =
            exec.command.contains("/") ? user.folder.pushing(FilePath(exec.command)).string : exec.command
        var environment: [String: String] = [:]
        for variable in exec.env ?? [] where !variable.name.isEmpty { environment[variable.name] = variable.value }
        return .plugin(
            ExecPlugin(
                apiVersion: version, command: command, arguments: exec.args ?? [], environment: environment,
                installHint: exec.installHint, wantsCluster: exec.provideClusterInfo ?? false))
    }

    private func source(
        data: String?, file: String?, folder: FilePath, _ name: String
    ) throws(KubernetesError) -> TLSOptions.Source? {
        if let data, !data.isEmpty {
            guard let bytes = Data(base64Encoded: data, options: .ignoreUnknownCharacters), !bytes.isEmpty else {
                throw failure("the \(name) is not valid base64")
            }
            return .pem(Array(bytes))
        }
        guard let file, !file.isEmpty else { return nil }
        return .file(folder.pushing(FilePath(file)))
    }

    private func find<Value>(
        _ name: String, in all: [String: Entry<Value>], _ kind: String
    ) throws(KubernetesError) -> Entry<Value> {
        if let found = all[name] { return found }
        throw failure("there is no \(kind) '\(name)'; defined: \(Self.list(all.keys))")
    }

    private func failure(_ reason: String) -> KubernetesError {
        KubernetesError(.configuration, "kubeconfig (\(place)): \(reason)")
    }

    private static func list(_ names: some Sequence<String>) -> String {
        let list = names.sorted().map { "'\($0)'" }.joined(separator: ", ")
        return list.isEmpty ? "none" : list
    }

    private static func place(of error: DecodingError) -> String {
        let context: DecodingError.Context
        var missing = ""
        switch error {
        case .keyNotFound(let key, let at): (context, missing) = (at, "\(key.stringValue) is missing")
        case .typeMismatch(_, let at), .valueNotFound(_, let at), .dataCorrupted(let at): context = at
        @unknown default: return "an unknown place"
        }
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        return [path.isEmpty ? "the top level" : path, missing].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

/// The format of a kubeconfig file (kubernetes.io/docs/reference/config-api/kubeconfig.v1).
struct KubeconfigFile: Decodable {
    struct Named<Value: Decodable>: Decodable {
        let name: String
        let value: Value

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: AnyKey.self)
            name = try container.decode(String.self, forKey: AnyKey("name"))
            guard let key = container.allKeys.first(where: { ["cluster", "user", "context"].contains($0.stringValue) })
            else {
                throw DecodingError.keyNotFound(
                    AnyKey("cluster, user or context"), .init(codingPath: decoder.codingPath, debugDescription: ""))
            }
            value = try container.decode(Value.self, forKey: key)
        }
    }

    struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    struct Cluster: Decodable {
        enum CodingKeys: String, CodingKey {
            case server
            case authority = "certificate-authority"
            case authorityData = "certificate-authority-data"
            case isInsecure = "insecure-skip-tls-verify"
            case serverName = "tls-server-name"
            case proxy = "proxy-url"
        }

        let server: String?
        let authority: String?
        let authorityData: String?
        let isInsecure: Bool?
        let serverName: String?
        let proxy: String?
    }

    struct User: Decodable {
        enum CodingKeys: String, CodingKey {
            case certificate = "client-certificate"
            case certificateData = "client-certificate-data"
            case key = "client-key"
            case keyData = "client-key-data"
            case token, tokenFile, username, password, exec
            case provider = "auth-provider"
            case actsAs = "as"
            case actsAsGroups = "as-groups"
            case actsAsID = "as-uid"
            case actsAsExtra = "as-user-extra"
        }

        struct Provider: Decodable {
            let name: String?
        }

        let certificate: String?
        let certificateData: String?
        let key: String?
        let keyData: String?
        let token: String?
        let tokenFile: String?
        let username: String?
        let password: String?
        let exec: Exec?
        let provider: Provider?
        let actsAs: String?
        let actsAsGroups: [String]?
        let actsAsID: String?
        let actsAsExtra: [String: [String]]?
    }

    struct Exec: Decodable {
        struct Variable: Decodable {
            let name: String
            let value: String
        }

        let apiVersion: String?
        let command: String
        let args: [String]?
        let env: [Variable]?
        let installHint: String?
        let provideClusterInfo: Bool?
        let interactiveMode: String?
    }

    struct Context: Decodable {
        let cluster: String?
        let user: String?
        let namespace: String?
    }

    enum CodingKeys: String, CodingKey {
        case clusters, users, contexts
        case currentContext = "current-context"
    }

    let clusters: [Named<Cluster>]?
    let users: [Named<User>]?
    let contexts: [Named<Context>]?
    let currentContext: String?
}
