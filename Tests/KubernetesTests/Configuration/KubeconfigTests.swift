import FoundationEssentials
import HTTPClient
import SystemPackage
import TestSupport
import Testing

@testable import KubernetesClient

@Suite("A kubeconfig")
struct KubeconfigTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(_ text: String, to name: String = "config") throws -> String {
        try folder.write(text, to: name).string
    }

    private static func config(cluster: String = "server: https://k:6443", user: String = "token: t") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: here
        clusters: [{name: c, cluster: {\(cluster)}}]
        users: [{name: u, user: {\(user)}}]
        contexts: [{name: here, context: {cluster: c, user: u, namespace: earth}}]
        """
    }

    @Test("has server, namespace, authority, certificate and token, with paths relative to its folder")
    func kubeconfig_isRead() throws {
        let file = try write(
            Self.config(
                cluster: "server: 'https://k:6443/', certificate-authority: ca.pem, tls-server-name: kube, "
                    + "proxy-url: 'socks5://p:1080'",
                user: "client-certificate: a/c.pem, client-key-data: S0VZ, token: abc, as: admin, as-groups: [g]"))
        let configuration = try Kubeconfig(paths: file).configuration()
        #expect(configuration.server == "https://k:6443")
        #expect(configuration.namespace == "earth")
        #expect(configuration.tls.authorities == .file(folder.path.appending("ca.pem")))
        #expect(configuration.tls.serverName == "kube")
        #expect(configuration.tls.certificate == .file(folder.path.appending("a/c.pem")))
        #expect(configuration.tls.privateKey == .pem(Array("KEY".utf8)))
        #expect(configuration.tls.verifiesServer)
        #expect(configuration.impersonation == .init(user: "admin", groups: ["g"]))
        guard case .token("abc") = configuration.credentials else { throw Unexpected() }
        guard case .url("socks5://p:1080") = configuration.proxy else { throw Unexpected() }
    }

    private struct Unexpected: Error {}

    @Test("may be several files: the first with an entry takes precedence, missing ones are skipped")
    func severalFiles_areMerged() throws {
        let first = try write(
            """
            current-context: there
            clusters: [{name: c, cluster: {server: "https://first:6443"}}]
            """, to: "first")
        let second = try write(
            """
            current-context: elsewhere
            clusters: [{name: c, cluster: {server: "https://second:6443"}}]
            users: [{name: u, user: {tokenFile: token}}]
            contexts:
            - {name: there, context: {cluster: c, user: u}}
            - {name: elsewhere, context: {cluster: c}}
            """, to: "second")
        let paths = "\(first):\(folder.path)/missing:\(second)"
        let configuration = try KubernetesConfiguration.load(environment: ["KUBECONFIG": paths])
        #expect(configuration.server == "https://first:6443")
        #expect(configuration.namespace == nil)
        guard case .tokenFile(folder.path.appending("token")) = configuration.credentials else { throw Unexpected() }
        let other = try KubernetesConfiguration.load(context: "elsewhere", environment: ["KUBECONFIG": paths])
        guard case .none = other.credentials else { throw Unexpected() }
    }

    @Test(
        "is refused with the place and without secrets if it is invalid",
        arguments: [
            ("cluster: {", "is not valid YAML"),
            ("clusters: 7", "invalid at clusters"),
            ("clusters: [{name: c}]", "clusters"),
            ("{}", "no current context; select one of none"),
            (
                "current-context: x\ncontexts: [{name: y, context: {cluster: c}}]",
                "there is no context 'x'; defined: 'y'"
            ),
            (config(cluster: "server: ''"), "has no server"),
            (config(cluster: "server: 'k:6443'"), "expected a URL such as https://"),
            (config(cluster: "server: 'https://u:p@k:6443'"), "without user, password and query"),
            (config(cluster: "server: 'http://k:8080'"), "without encryption"),
            (
                config(cluster: "server: 'https://k', insecure-skip-tls-verify: true"),
                "an attacker on the network could impersonate it"
            ),
            (
                config(cluster: "server: 'https://k', insecure-skip-tls-verify: true, certificate-authority: x"),
                "has both an authority and insecure-skip-tls-verify"
            ),
            (config(cluster: "server: 'https://k', certificate-authority-data: '%%'"), "is not valid base64"),
            (config(cluster: "server: 'https://k', proxy-url: 'p:80'"), "proxy-url"),
            (config(user: "client-certificate: x"), "without its key"),
            (config(user: "username: a, password: secret"), "which Kubernetes 1.19 removed"),
            (config(user: "auth-provider: {name: gcp}"), "the auth-provider 'gcp'"),
            (config(user: "as: a, as-uid: b"), "only as and as-groups"),
            (config(user: "token: \"secret\\n\""), "has an invalid character"),
            (config(user: "exec: {command: x}"), "has the apiVersion ''"),
            (
                config(
                    user: "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}"),
                "always asks for input"
            ),
        ])
    func invalidKubeconfig_isRefused(_ text: String, _ reason: String) throws {
        let file = try write(text)
        let error = #expect(throws: KubernetesError.self) { try Kubeconfig(paths: file).configuration() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("secret") == false)
        #expect(error?.message.split(separator: "\n").count == 1)
    }

    @Test("with an unverified server is used only with confirmation")
    func unverifiedServer_needsConfirmation() throws {
        let file = try write(Self.config(cluster: "server: 'https://k', insecure-skip-tls-verify: true"))
        #expect(try Kubeconfig(paths: file).configuration(allowsInsecure: true).tls.verifiesServer == false)
    }

    @Test("takes precedence over the service account of a pod")
    func serviceAccount_isUsedWithoutKubeconfig() throws {
        for (name, text) in [("token", "t\n"), ("ca.crt", "x"), ("namespace", "earth\n")] {
            _ = try write(text, to: name)
        }
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        let configuration = try KubernetesConfiguration.load(environment: environment, serviceAccount: folder.path)
        #expect(configuration.server == "https://[fd00::1]:443")
        #expect(configuration.namespace == "earth")
        #expect(configuration.tls.authorities == .file(folder.path.appending("ca.crt")))
        guard case .tokenFile(folder.path.appending("token")) = configuration.credentials else { throw Unexpected() }

        let named = try KubernetesConfiguration.load(
            kubeconfig: try write(Self.config()), environment: environment, serviceAccount: folder.path)
        #expect(named.server == "https://k:6443")
        let nowhere = #expect(throws: KubernetesError.self) {
            try KubernetesConfiguration.load(environment: [:], serviceAccount: folder.path)
        }
        #expect(nowhere?.message.contains("no cluster configured") == true)
    }
}
