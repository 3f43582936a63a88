internal import FoundationEssentials
internal import HTTPClient
internal import SystemPackage
internal import Yams

/// The kubeconfig files, taken together as kubectl does: whichever file first has a cluster, a user, a context of a name,
/// or says which context is the current one, counts.
package struct Kubeconfig {
    /// Something of a file, and where that file lies: relative paths in it start there.
    private struct Found<Value> {
        let value: Value
        let folder: FilePath
    }

    private var clusters: [String: Found<KubeconfigFile.Cluster>] = [:]
    private var users: [String: Found<KubeconfigFile.User>] = [:]
    private var contexts: [String: Found<KubeconfigFile.Context>] = [:]
    private var currentContext: String?
    private let place: String

    /// Reads files; of several, those that are not there do not count.
    ///
    /// - Parameter paths: what the variable `KUBECONFIG` lists, separated by colons, or one file.
    /// - Throws: ``KubernetesError`` of code ``KubernetesError/Code/configuration``.
    package init(paths: String) throws(KubernetesError) {
        let files = paths.split(separator: ":").map { FilePath(String($0)) }
        place = files.map(\.string).joined(separator: ", ")
        var isThere = false
        for file in files {
            guard let text = try? String(contentsOfFile: file.string, encoding: .utf8) else {
                if files.count > 1, !FileManager.default.fileExists(atPath: file.string) { continue }
                throw KubernetesError(.configuration, "The kubeconfig \(file) cannot be read as text.")
            }
            isThere = true
            try add(text, file)
        }
        guard isThere else {
            throw KubernetesError(.configuration, "None of the kubeconfig files '\(paths)' is there.")
        }
    }

    /// How the API server of a context is reached.
    ///
    /// - Parameters:
    ///   - name: nil for the current one.
    ///   - allowsInsecure: whether a cluster may be used whose server is not verified.
    /// - Throws: ``KubernetesError`` of code ``KubernetesError/Code/configuration``.
    package func configuration(
        context name: String? = nil, allowsInsecure: Bool = false
    ) throws(KubernetesError) -> KubernetesConfiguration {
        guard let name = name ?? currentContext else {
            throw failure("no context is the current one; name one of \(Self.list(contexts.keys))")
        }
        let context = try find(name, in: contexts, "context").value
        guard let clusterName = context.cluster, !clusterName.isEmpty else {
            throw failure("the context '\(name)' names no cluster")
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
        // A file that is empty is one that says nothing.
        if text.allSatisfy(\.isWhitespace) { return }
        let content: KubeconfigFile
        do {
            content = try YAMLDecoder().decode(KubeconfigFile.self, from: text)
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
            // Yams quotes the line, which may hold a secret.
            throw KubernetesError(.configuration, "The kubeconfig \(file) is no YAML.")
        } catch let error as DecodingError {
            throw KubernetesError(
                .configuration, "The kubeconfig \(file) is not understood at \(Self.place(of: error)).")
        } catch {
            throw KubernetesError(.configuration, "The kubeconfig \(file) is no YAML.")
        }
        let folder = file.removingLastComponent()
        func merge<Value>(_ new: [KubeconfigFile.Named<Value>]?, into old: inout [String: Found<Value>]) {
            for entry in new ?? [] where old[entry.name] == nil {
                old[entry.name] = Found(value: entry.value, folder: folder)
            }
        }
        merge(content.clusters, into: &clusters)
        merge(content.users, into: &users)
        merge(content.contexts, into: &contexts)
        if currentContext == nil, let current = content.currentContext, !current.isEmpty { currentContext = current }
    }

    private func secure(
        _ configuration: inout KubernetesConfiguration, _ cluster: Found<KubeconfigFile.Cluster>, _ name: String,
        allowsInsecure: Bool
    ) throws(KubernetesError) {
        configuration.tls.authorities = try source(
            data: cluster.value.authorityData, file: cluster.value.authority, folder: cluster.folder,
            "certificate-authority-data of the cluster '\(name)'")
        configuration.tls.serverName = cluster.value.serverName.flatMap { $0.isEmpty ? nil : $0 }
        if let proxy = cluster.value.proxy, !proxy.isEmpty {
            guard proxy.wholeMatch(of: #/(?i)(https?|socks5)://[^/\s]+/?/#) != nil else {
                throw failure("the proxy-url of the cluster '\(name)' is none of http://, https:// and socks5://")
            }
            configuration.proxy = .url(proxy)
        }
        if cluster.value.isInsecure == true {
            guard configuration.tls.authorities == nil else {
                throw failure("the cluster '\(name)' has both an authority and insecure-skip-tls-verify; take one away")
            }
            guard allowsInsecure else {
                throw failure(
                    "the cluster '\(name)' has insecure-skip-tls-verify, so anybody on the way could pass for it; give it a "
                        + "certificate-authority, or say --insecure-skip-tls-verify too")
            }
            configuration.tls.verifiesServer = false
        }
    }

    private func authenticate(
        _ configuration: inout KubernetesConfiguration, _ user: Found<KubeconfigFile.User>, _ name: String
    ) throws(KubernetesError) {
        let value = user.value
        if let provider = value.provider {
            throw failure(
                "the user '\(name)' has the auth-provider '\(provider.name ?? "")', which Kubernetes gave up with 1.26; use "
                    + "the exec program that replaces it")
        }
        if value.username != nil || value.password != nil {
            throw failure(
                "the user '\(name)' has a username or password, which Kubernetes gave up with 1.19; use a token, a client "
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
            throw failure("the user '\(name)' has a client certificate without its key, or the other way round")
        }
        (configuration.tls.certificate, configuration.tls.privateKey) = (certificate, key)
        if let user = value.actsAs, !user.isEmpty {
            configuration.impersonation = .init(user: user, groups: value.actsAsGroups ?? [])
        }
        configuration.credentials = try credentials(of: user, name)
    }

    /// What a user shows beside a certificate; a token file goes before a token, as for kubectl.
    private func credentials(
        of user: Found<KubeconfigFile.User>, _ name: String
    ) throws(KubernetesError) -> CredentialSource {
        if let file = user.value.tokenFile, !file.isEmpty { return .tokenFile(user.folder.pushing(FilePath(file))) }
        if let token = user.value.token, !token.isEmpty {
            guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw failure("the token of the user '\(name)' has a character that no token has")
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
            throw failure("the exec program of the user '\(name)' always asks somebody; use one that need not")
        }
        // A path with a slash starts from the kubeconfig; a bare name is looked up.
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
        data: String?, file: String?, folder: FilePath, _ what: String
    ) throws(KubernetesError) -> TLSOptions.Source? {
        if let data, !data.isEmpty {
            guard let bytes = Data(base64Encoded: data, options: .ignoreUnknownCharacters), !bytes.isEmpty else {
                throw failure("\(what) is not in base 64")
            }
            return .pem(Array(bytes))
        }
        guard let file, !file.isEmpty else { return nil }
        return .file(folder.pushing(FilePath(file)))
    }

    private func find<Value>(
        _ name: String, in all: [String: Found<Value>], _ kind: String
    ) throws(KubernetesError) -> Found<Value> {
        if let found = all[name] { return found }
        throw failure("there is no \(kind) '\(name)'; there is \(Self.list(all.keys))")
    }

    private func failure(_ reason: String) -> KubernetesError {
        KubernetesError(.configuration, "In the kubeconfig (\(place)), \(reason).")
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
        @unknown default: return "some place"
        }
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        return [path.isEmpty ? "its beginning" : path, missing].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}
