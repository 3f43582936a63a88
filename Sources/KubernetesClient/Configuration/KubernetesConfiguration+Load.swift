internal import FoundationEssentials
package import SystemPackage

extension KubernetesConfiguration {
    /// Finds the cluster: by the file given, else by `KUBECONFIG`, else as a pod of it, else by `~/.kube/config`.
    ///
    /// - Parameters:
    ///   - kubeconfig: a file, or several separated by colons.
    ///   - context: of the kubeconfig; nil for its current one.
    ///   - allowsInsecure: whether a cluster may be used whose kubeconfig says insecure-skip-tls-verify.
    ///   - serviceAccount: where a pod finds its token.
    /// - Throws: ``KubernetesError`` of code ``KubernetesError/Code/configuration``.
    package static func load(
        kubeconfig: String? = nil, context: String? = nil, allowsInsecure: Bool = false,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        serviceAccount: FilePath = "/var/run/secrets/kubernetes.io/serviceaccount"
    ) throws(KubernetesError) -> KubernetesConfiguration {
        let named = kubeconfig ?? environment["KUBECONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        if named == nil, context == nil, InCluster.isHere(environment, folder: serviceAccount) {
            return try InCluster.configuration(environment, folder: serviceAccount)
        }
        let usual = environment["HOME"].map { "\($0)/.kube/config" }
        guard let paths = named ?? usual.flatMap({ FileManager.default.fileExists(atPath: $0) ? $0 : nil }) else {
            throw KubernetesError(
                .configuration,
                "No cluster is known: there is no --kubeconfig, no KUBECONFIG, no ~/.kube/config, and this is no pod with a "
                    + "service account's token; give one of them.")
        }
        return try Kubeconfig(paths: paths).configuration(context: context, allowsInsecure: allowsInsecure)
    }
}
