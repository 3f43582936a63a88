import FoundationEssentials
import HTTPClient
import SystemPackage
import TestSupport
import Testing

@testable import KubernetesClient

struct KubeconfigTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(_ text: String, to name: String = "config") throws -> String {
        let path = folder.path.appending(name).string
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
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

    @Test("server, namespace, authority, certificate and token are read, relative paths from the file's folder")
    func one() throws {
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

    @Test("of several files the first that has a thing counts, and those that are missing do not")
    func several() throws {
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
        "what cannot be used is refused in one sentence that names the place, and shows no secret",
        arguments: [
            ("cluster: {", "is no YAML"),
            ("clusters: 7", "not understood at clusters"),
            ("clusters: [{name: c}]", "clusters"),
            ("{}", "no context is the current one; name one of none"),
            (
                "current-context: x\ncontexts: [{name: y, context: {cluster: c}}]",
                "there is no context 'x'; there is 'y'"
            ),
            (config(cluster: "server: ''"), "has no server"),
            (config(cluster: "server: 'k:6443'"), "is no URL such as https://"),
            (config(cluster: "server: 'https://u:p@k:6443'"), "without user, password and query"),
            (config(cluster: "server: 'http://k:8080'"), "without encryption"),
            (
                config(cluster: "server: 'https://k', insecure-skip-tls-verify: true"),
                "anybody on the way could pass for it"
            ),
            (
                config(cluster: "server: 'https://k', insecure-skip-tls-verify: true, certificate-authority: x"),
                "has both an authority and insecure-skip-tls-verify"
            ),
            (config(cluster: "server: 'https://k', certificate-authority-data: '%%'"), "is not in base 64"),
            (config(cluster: "server: 'https://k', proxy-url: 'p:80'"), "proxy-url"),
            (config(user: "client-certificate: x"), "without its key"),
            (config(user: "username: a, password: secret"), "gave up with 1.19"),
            (config(user: "auth-provider: {name: gcp}"), "the auth-provider 'gcp'"),
            (config(user: "as: a, as-uid: b"), "only as and as-groups"),
            (config(user: "token: \"secret\\n\""), "a character that no token has"),
            (config(user: "exec: {command: x}"), "has the apiVersion ''"),
            (
                config(
                    user: "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}"),
                "always asks somebody"
            ),
        ])
    func refusals(_ text: String, _ reason: String) throws {
        let file = try write(text)
        let error = #expect(throws: KubernetesError.self) { try Kubeconfig(paths: file).configuration() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("secret") == false)
        #expect(error?.message.split(separator: "\n").count == 1)
    }

    @Test("a server that is not verified is only used when that is said twice")
    func insecure() throws {
        let file = try write(Self.config(cluster: "server: 'https://k', insecure-skip-tls-verify: true"))
        #expect(try Kubeconfig(paths: file).configuration(allowsInsecure: true).tls.verifiesServer == false)
    }

    @Test("a pod finds its cluster by what the kubelet puts there, unless a kubeconfig is named")
    func inCluster() throws {
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
        #expect(nowhere?.message.contains("No cluster is known") == true)
    }
}
