package import ArgumentParser
internal import HTTPClient
package import KubernetesClient
package import Logging

/// Which cluster is meant, and as whom.
package struct ClusterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The cluster's kubeconfig, or several separated by ':' (default: KUBECONFIG, else the pod's own service "
                + "account, else ~/.kube/config)."))
    package var kubeconfig: String?

    @Option(help: "The kubeconfig's context (default: its current one).")
    package var context: String?

    @Flag(help: "Allow a cluster whose kubeconfig says insecure-skip-tls-verify: anybody on the way can pass for it.")
    package var insecureSkipTlsVerify = false

    package init() {}

    /// A client of the cluster; nothing is sent yet.
    ///
    /// - Throws: ``KubernetesError``.
    package func client(logger: Logger) throws -> KubernetesClient {
        let configuration = try KubernetesConfiguration.load(
            kubeconfig: kubeconfig, context: context, allowsInsecure: insecureSkipTlsVerify)
        if !configuration.tls.verifiesServer {
            logger.warning("the API server is not verified", metadata: ["server": "\(configuration.server)"])
        }
        return KubernetesClient(configuration, fieldManager: Labels.scaler, logger: logger)
    }
}
