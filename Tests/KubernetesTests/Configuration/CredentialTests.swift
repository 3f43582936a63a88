import FoundationEssentials
import HTTPClient
import SystemPackage
import TestSupport
import Testing

@testable import KubernetesClient

@Suite("Kubernetes credentials", .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct CredentialTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    /// A program that counts its runs and prints the file `answer`.
    private func plugin(_ script: String = "cat answer", wantsCluster: Bool = false) throws -> ExecPlugin {
        try folder.write(
            "#!/bin/sh\ncd '\(folder.path)' && echo run >> runs && echo \"$KUBERNETES_EXEC_INFO\" > info\n\(script)\n",
            to: "plugin")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path("plugin").string)
        return ExecPlugin(
            apiVersion: "client.authentication.k8s.io/v1", command: path("plugin").string, arguments: [],
            environment: ["ANSWER": "x"], installHint: "install it so", wantsCluster: wantsCluster)
    }

    private func writeAnswer(token: String, extra: String = "") throws {
        try folder.write(
            #"{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "\#(token)"\#(extra)}}"#,
            to: "answer")
    }

    private func runs() throws -> Int {
        try folder.text("runs").split(separator: "\n").count
    }

    @Test("need the right token, which errors never show")
    func wrongToken_isRefused() async throws {
        try await FakeAPIServer.run(["--token", "right"]) { server in
            let version = try await server.client(.token("right")).version()
            #expect(version.major == "1")
            for source in [CredentialSource.none, .token("wrong-secret")] {
                let error = await #expect(throws: KubernetesError.self) { try await server.client(source).version() }
                #expect(error?.code == .unauthorized)
                #expect(error?.message.contains("secret") == false)
            }
            let requests = try await server.requests()
            #expect(requests.count == 3)
        }
    }

    @Test("are read again from a token file when the server rejects them")
    func tokenFile_isReadAgain() async throws {
        try await FakeAPIServer.run(["--token", "one"]) { server in
            try folder.write("one\n", to: "token")
            let client = try server.client(.tokenFile(path("token")))
            _ = try await client.version()
            try await server.control("tokens", ["two"])
            try folder.write("two", to: "token")
            _ = try await client.version()
            #expect(
                try await server.requests().map { $0.headers["Authorization"] } == [
                    "Bearer one", "Bearer one", "Bearer two",
                ])
            try folder.write(" \n", to: "empty")
            for (file, reason) in [("empty", "is empty"), ("missing", "cannot be read")] {
                let error = await #expect(throws: KubernetesError.self) {
                    try await server.client(.tokenFile(path(file))).version()
                }
                #expect(error?.code == .credentials)
                #expect(error?.message.contains(reason) == true)
            }
        }
    }

    @Test("come from a program that runs again when they are rejected or expired")
    func plugin_runsAgainAfterRejection() async throws {
        try await FakeAPIServer.run(["--token", "one"]) { server in
            try writeAnswer(token: "one", extra: #", "expirationTimestamp": "2999-01-01T00:00:00Z""#)
            let client = try server.client(.plugin(try plugin(wantsCluster: true)))
            _ = try await client.version()
            _ = try await client.version()
            #expect(try runs() == 1)
            let info = try folder.text("info")
            #expect(info.contains(#""interactive":false"#))
            #expect(info.contains(#""server":"http:\/\/127.0.0.1:\#(server.port)""#))

            try await server.control("tokens", ["two"])
            try writeAnswer(token: "two", extra: #", "expirationTimestamp": "2001-01-01T00:00:00Z""#)
            _ = try await client.version()
            #expect(try runs() == 2)
            // The last credentials have expired although the server would still accept them.
            _ = try await client.version()
            #expect(try runs() == 3)
        }
    }

    @Test(
        "name the program that printed no valid credentials, and its output",
        arguments: [
            ("echo 'sign in first' >&2; exit 3", "sign in first"), ("echo nonsense", "other than an ExecCredential"),
            (
                #"echo '{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential"}'"#,
                "printed the apiVersion"
            ),
            (#"echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}'"#, "no status"),
            (
                #"echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {}}'"#,
                "neither a token nor a certificate"
            ),
            ("sleep 10", "did not end within"),
        ])
    func invalidPluginOutput_isReported(_ script: String, _ reason: String) async throws {
        var plugin = try plugin(script)
        if reason.contains("within") { plugin.timeLimit = .milliseconds(500) }
        let client = KubernetesClient(
            try KubernetesConfiguration(
                server: "http://127.0.0.1:1", credentials: .plugin(plugin), origin: "the test"),
            retries: FakeAPIServer.fastRetries, logger: .silent)
        let error = await #expect(throws: KubernetesError.self) { try await client.version() }
        #expect(error?.code == .credentials)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("show the install hint of a missing program")
    func missingPlugin_showsHint() async throws {
        let plugin = ExecPlugin(
            apiVersion: "client.authentication.k8s.io/v1", command: "no-such-program", arguments: [], environment: [:],
            installHint: "install it so", wantsCluster: false)
        let client = KubernetesClient(
            try KubernetesConfiguration(
                server: "http://127.0.0.1:1", credentials: .plugin(plugin), origin: "the test"),
            logger: .silent)
        let error = await #expect(throws: KubernetesError.self) { try await client.version() }
        #expect(error?.message.contains("install it so") == true)
    }

    @Test("may be a client certificate, and TLS verifies the server")
    func clientCertificate_isAccepted() async throws {
        try await FakeAPIServer.run(["--tls", folder.path.string, "--token", "right"]) { server in
            func client(_ cluster: String, _ user: String) throws -> KubernetesClient {
                try folder.write(
                    """
                    current-context: x
                    clusters: [{name: c, cluster: {server: "https://127.0.0.1:\(server.port)", \(cluster)}}]
                    users: [{name: u, user: {\(user)}}]
                    contexts: [{name: x, context: {cluster: c, user: u}}]
                    """, to: "config")
                var configuration = try Kubeconfig(paths: path("config").string).configuration(allowsInsecure: true)
                configuration.proxy = .none
                return KubernetesClient(configuration, retries: FakeAPIServer.fastRetries, logger: .silent)
            }
            let verified = "certificate-authority: authority.pem, tls-server-name: kube.test"
            let certificate = "client-certificate: client.pem, client-key: client.key"
            #expect(try await client(verified, certificate).version().major == "1")
            #expect(try await client(verified, "token: right").version().major == "1")
            #expect(try await client("insecure-skip-tls-verify: true", "token: right").version().major == "1")
            let stranger = await #expect(throws: KubernetesError.self) { try await client(verified, "").version() }
            #expect(stranger?.code == .unauthorized)
            for cluster in ["certificate-authority: authority.pem", "tls-server-name: kube.test"] {
                let error = await #expect(throws: KubernetesError.self) {
                    try await client(cluster, "token: right").version()
                }
                #expect(error?.code == .connection, "\(error?.message ?? "")")
            }
            // A program may also print a certificate.
            func encoded(_ name: String) throws -> String {
                String(decoding: try JSONEncoder().encode(try folder.text(name)), as: UTF8.self)
            }
            try folder.write(
                #"{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"clientCertificateData": \#(try encoded("client.pem")), "clientKeyData": \#(try encoded("client.key"))}}"#,
                to: "answer")
            _ = try plugin()
            let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin}"
            #expect(try await client(verified, exec).version().major == "1")
        }
    }
}
