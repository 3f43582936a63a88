internal import FoundationEssentials
internal import HTTPClient
internal import SystemPackage

/// What a pod knows of the cluster that it runs in.
enum InCluster {
    /// Whether this is a pod with a token.
    static func isHere(_ environment: [String: String], folder: FilePath) -> Bool {
        environment["KUBERNETES_SERVICE_HOST"] != nil
            && FileManager.default.fileExists(atPath: folder.appending("token").string)
    }

    /// The configuration of a pod's service account. Its token is read again as the kubelet replaces it.
    static func configuration(
        _ environment: [String: String], folder: FilePath
    ) throws(KubernetesError) -> KubernetesConfiguration {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = environment["KUBERNETES_SERVICE_PORT_HTTPS"] ?? environment["KUBERNETES_SERVICE_PORT"],
            Int(port) != nil
        else {
            throw KubernetesError(
                .configuration,
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set, as in a pod they are.")
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
