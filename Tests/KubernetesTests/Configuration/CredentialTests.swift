import FoundationEssentials
import HTTPClient
import SystemPackage
import TestSupport
import Testing

@testable import KubernetesClient

/// Who is let in, and how credentials are had anew.
@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.absence)"))
struct CredentialTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path(name).string))
    }

    /// A program that counts its runs, and prints what the file `answer` holds.
    private func plugin(_ script: String = "cat answer", wantsCluster: Bool = false) throws -> ExecPlugin {
        try write(
            "#!/bin/sh\ncd '\(folder.path)' && echo run >> runs && echo \"$KUBERNETES_EXEC_INFO\" > told\n\(script)\n",
            to: "plugin")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path("plugin").string)
        return ExecPlugin(
            apiVersion: "client.authentication.k8s.io/v1", command: path("plugin").string, arguments: [],
            environment: ["ANSWER": "x"], installHint: "install it so", wantsCluster: wantsCluster)
    }

    private func answer(token: String, extra: String = "") throws {
        try write(
            #"{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "\#(token)"\#(extra)}}"#,
            to: "answer")
    }

    private func runs() throws -> Int {
        try String(contentsOfFile: path("runs").string, encoding: .utf8).split(separator: "\n").count
    }

    @Test("without the right token nobody is let in, and the error shows no token")
    func token() async throws {
        try await SmallServer.run(["--token", "right"]) { server in
            let version = try await server.client(.token("right")).version()
            #expect(version.major == "1")
            for source in [CredentialSource.none, .token("wrong-secret")] {
                let error = await #expect(throws: KubernetesError.self) { try await server.client(source).version() }
                #expect(error?.code == .unauthorized)
                #expect(error?.message.contains("secret") == false)
            }
            let asked = try await server.asked()
            #expect(asked.count == 3)
        }
    }

    @Test("a token file is read again when the server refuses what was in it")
    func tokenFile() async throws {
        try await SmallServer.run(["--token", "one"]) { server in
            try write("one\n", to: "token")
            let client = try server.client(.tokenFile(path("token")))
            _ = try await client.version()
            try await server.tell("tokens", ["two"])
            try write("two", to: "token")
            _ = try await client.version()
            #expect(
                try await server.asked().map { $0.headers["Authorization"] } == [
                    "Bearer one", "Bearer one", "Bearer two",
                ])
            try write(" \n", to: "empty")
            for (file, reason) in [("empty", "is empty"), ("missing", "cannot be read")] {
                let error = await #expect(throws: KubernetesError.self) {
                    try await server.client(.tokenFile(path(file))).version()
                }
                #expect(error?.code == .credentials)
                #expect(error?.message.contains(reason) == true)
            }
        }
    }

    @Test("a credential program is run once while what it gave is good, and again when that is refused or runs out")
    func plugins() async throws {
        try await SmallServer.run(["--token", "one"]) { server in
            try answer(token: "one", extra: #", "expirationTimestamp": "2999-01-01T00:00:00Z""#)
            let client = try server.client(.plugin(try plugin(wantsCluster: true)))
            _ = try await client.version()
            _ = try await client.version()
            #expect(try runs() == 1)
            let told = try String(contentsOfFile: path("told").string, encoding: .utf8)
            #expect(told.contains(#""interactive":false"#))
            #expect(told.contains(#""server":"http:\/\/127.0.0.1:\#(server.port)""#))

            try await server.tell("tokens", ["two"])
            try answer(token: "two", extra: #", "expirationTimestamp": "2001-01-01T00:00:00Z""#)
            _ = try await client.version()
            #expect(try runs() == 2)
            // What it gave last ran out long ago, though the server would still take it.
            _ = try await client.version()
            #expect(try runs() == 3)
        }
    }

    @Test(
        "a credential program that gives nothing usable is named, with what it said",
        arguments: [
            ("echo 'sign in first' >&2; exit 3", "sign in first"), ("echo nonsense", "other than an ExecCredential"),
            (#"echo '{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential"}'"#, "speaks"),
            (#"echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}'"#, "no status"),
            (
                #"echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {}}'"#,
                "neither a token nor a certificate"
            ),
            ("sleep 10", "gave nothing within"),
        ])
    func badPlugins(_ script: String, _ reason: String) async throws {
        var plugin = try plugin(script)
        plugin.timeLimit = .milliseconds(500)
        let client = KubernetesClient(
            try KubernetesConfiguration(
                server: "http://127.0.0.1:1", credentials: .plugin(plugin), origin: "the test"),
            retries: SmallServer.impatient, logger: SmallServer.logger)
        let error = await #expect(throws: KubernetesError.self) { try await client.version() }
        #expect(error?.code == .credentials)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("a credential program that is not there is told with the hint how to get it")
    func missingPlugin() async throws {
        let plugin = ExecPlugin(
            apiVersion: "client.authentication.k8s.io/v1", command: "no-such-program", arguments: [], environment: [:],
            installHint: "install it so", wantsCluster: false)
        let client = KubernetesClient(
            try KubernetesConfiguration(
                server: "http://127.0.0.1:1", credentials: .plugin(plugin), origin: "the test"),
            logger: SmallServer.logger)
        let error = await #expect(throws: KubernetesError.self) { try await client.version() }
        #expect(error?.message.contains("install it so") == true)
    }

    @Test("over TLS a client certificate of a kubeconfig is as good as a token, and the server must be the right one")
    func certificates() async throws {
        try await SmallServer.run(["--tls", folder.path.string, "--token", "right"]) { server in
            func client(_ cluster: String, _ user: String) throws -> KubernetesClient {
                try write(
                    """
                    current-context: x
                    clusters: [{name: c, cluster: {server: "https://127.0.0.1:\(server.port)", \(cluster)}}]
                    users: [{name: u, user: {\(user)}}]
                    contexts: [{name: x, context: {cluster: c, user: u}}]
                    """, to: "config")
                var configuration = try Kubeconfig(paths: path("config").string).configuration(allowsInsecure: true)
                configuration.proxy = .none
                return KubernetesClient(configuration, retries: SmallServer.impatient, logger: SmallServer.logger)
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
            // A program may hand out certificates too.
            func encoded(_ name: String) throws -> String {
                String(
                    decoding: try JSONEncoder().encode(try String(contentsOfFile: path(name).string, encoding: .utf8)),
                    as: UTF8.self)
            }
            try write(
                #"{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"clientCertificateData": \#(try encoded("client.pem")), "clientKeyData": \#(try encoded("client.key"))}}"#,
                to: "answer")
            _ = try plugin()
            let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin}"
            #expect(try await client(verified, exec).version().major == "1")
        }
    }
}
