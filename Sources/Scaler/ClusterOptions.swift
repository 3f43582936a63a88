package import ArgumentParser
internal import HTTPClient
package import KubernetesClient
package import Logging

/// The options that select a Kubernetes cluster, a user and a namespace.
package struct ClusterOptions: ParsableArguments {
    @Option(help: "Create and look for workers in this namespace.")
    package var namespace = Labels.project

    @Option(
        help: ArgumentHelp(
            "Use this kubeconfig, or several separated by ':' (default: KUBECONFIG, else the pod's service account, "
                + "else ~/.kube/config)."))
    package var kubeconfig: String?

    @Option(help: "Use this context of the kubeconfig (default: the current one).")
    package var context: String?

    @Flag(help: "Allow insecure-skip-tls-verify in the kubeconfig, although an attacker could impersonate the cluster.")
    package var insecureSkipTlsVerify = false

    package init() {}

    package func validate() throws {
        guard namespace.wholeMatch(of: /[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/) != nil else {
            throw ValidationError(
                "--namespace is '\(namespace)', but a namespace has up to 63 lower-case letters, digits and '-'")
        }
    }

    /// Creates a client of the cluster, without sending a request.
    ///
    /// - Throws: ``KubernetesError``.
    package func client(logger: Logger) throws -> KubernetesClient {
        let configuration = try KubernetesConfiguration.load(
            kubeconfig: kubeconfig, context: context, allowsInsecure: insecureSkipTlsVerify)
        if !configuration.tls.verifiesServer {
            logger.warning("API server not verified", metadata: ["server": "\(configuration.server)"])
        }
        return KubernetesClient(configuration, fieldManager: Labels.scaler, logger: logger)
    }
}
