internal import FoundationEssentials
package import HTTPClient
package import SystemPackage

/// The address of an API server, the verification of its identity, and the client's credentials.
package struct KubernetesConfiguration: Sendable {
    /// The user and groups that a client with the permission impersonates.
    package struct Impersonation: Sendable, Hashable {
        package var user: String
        package var groups: [String]
    }

    /// `https://HOST:PORT`, optionally with a path, without a slash at the end.
    package var server: String
    /// The authorities, and a client certificate that does not change.
    package var tls: TLSOptions
    /// The proxy; by default that of the environment.
    package var proxy: HTTPRequest.Proxy
    /// The source of the credentials.
    package var credentials: CredentialSource
    /// The impersonated user, if any.
    package var impersonation: Impersonation?
    /// The default namespace; `nil` for `default`.
    package var namespace: String?
    /// The origin of the configuration for errors, such as `context 'kind' of /home/ada/.kube/config`.
    package var origin: String

    package init(
        server: String, tls: TLSOptions = TLSOptions(), proxy: HTTPRequest.Proxy = .environment,
        credentials: CredentialSource = .none, namespace: String? = nil, origin: String
    ) throws(KubernetesError) {
        self.server = try Self.checked(server, origin: origin)
        self.tls = tls
        self.proxy = proxy
        self.credentials = credentials
        self.namespace = namespace
        self.origin = origin
    }

    /// Returns the server's URL without slashes at its end.
    private static func checked(_ server: String, origin: String) throws(KubernetesError) -> String {
        func invalid(_ reason: String) -> KubernetesError {
            KubernetesError(.configuration, "invalid server '\(server)' of \(origin): \(reason)")
        }
        guard let match = server.wholeMatch(of: #/(?i)(https?)://(\[[0-9a-f:.]+\]|[^/:@?#\s]+)(:\d+)?(/[^?#\s]*)?/#)
        else {
            throw invalid("expected a URL such as https://10.0.0.1:6443, without user, password and query")
        }
        let isNear = ["127.0.0.1", "localhost", "[::1]"].contains(match.2.lowercased())
        guard match.1.lowercased() == "https" || isNear else {
            throw invalid("without encryption an attacker on the network could read the token; use https:")
        }
        return String(server.trimmingSuffix { $0 == "/" })
    }
}

extension String {
    fileprivate func trimmingSuffix(while isSuffix: (Character) -> Bool) -> Substring {
        var text = self[...]
        while let last = text.last, isSuffix(last) { text.removeLast() }
        return text
    }
}

extension KubernetesConfiguration {
    /// Finds the cluster's configuration: the given file, else `KUBECONFIG`, else the pod's service account, else
    /// `~/.kube/config`.
    ///
    /// - Parameters:
    ///   - kubeconfig: a file, or several separated by colons.
    ///   - context: the context in the kubeconfig; `nil` for its current one.
    ///   - allowsInsecure: whether insecure-skip-tls-verify is allowed in the kubeconfig.
    ///   - serviceAccount: the folder with the pod's token.
    /// - Throws: ``KubernetesError`` with the code ``KubernetesError/Code/configuration``.
    package static func load(
        kubeconfig: String? = nil, context: String? = nil, allowsInsecure: Bool = false,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        serviceAccount: FilePath = "/var/run/secrets/kubernetes.io/serviceaccount"
    ) throws(KubernetesError) -> KubernetesConfiguration {
        let named = kubeconfig ?? environment["KUBECONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        if named == nil, context == nil, InCluster.isAvailable(environment, folder: serviceAccount) {
            return try InCluster.configuration(environment, folder: serviceAccount)
        }
        let standardFile = environment["HOME"].map { "\($0)/.kube/config" }
        guard let paths = named ?? standardFile.flatMap({ FileManager.default.fileExists(atPath: $0) ? $0 : nil })
        else {
            throw KubernetesError(
                .configuration,
                "no cluster configured: set --kubeconfig or KUBECONFIG, create ~/.kube/config, or run in a pod with a "
                    + "service account's token")
        }
        return try Kubeconfig(paths: paths).configuration(context: context, allowsInsecure: allowsInsecure)
    }
}

/// The configuration inside a pod.
enum InCluster {
    /// Whether this process runs in a pod with a token.
    static func isAvailable(_ environment: [String: String], folder: FilePath) -> Bool {
        environment["KUBERNETES_SERVICE_HOST"] != nil
            && FileManager.default.fileExists(atPath: folder.appending("token").string)
    }

    /// Returns the configuration of the pod's service account. Its token is read regularly, because the kubelet
    /// replaces it.
    static func configuration(
        _ environment: [String: String], folder: FilePath
    ) throws(KubernetesError) -> KubernetesConfiguration {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = environment["KUBERNETES_SERVICE_PORT_HTTPS"] ?? environment["KUBERNETES_SERVICE_PORT"],
            Int(port) != nil
        else {
            throw KubernetesError(
                .configuration,
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must both be set in a pod")
        }
        var tls = TLSOptions()
        tls.authorities = .file(folder.appending("ca.crt"))
        let namespace = try? String(contentsOfFile: folder.appending("namespace").string, encoding: .utf8)
        return try KubernetesConfiguration(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)", tls: tls, proxy: .none,
            credentials: .tokenFile(folder.appending("token")),
            namespace: namespace.map { String($0.prefix { !$0.isWhitespace }) }.flatMap { $0.isEmpty ? nil : $0 },
            origin: "the pod's service account")
    }
}
