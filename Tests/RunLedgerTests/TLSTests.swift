import LocalStack
import TestSupport
import Testing

@testable import RunLedger

@Suite("Encrypted connections")
struct TLSTests {
    /// A server that listens on a port of `127.0.0.1`, with a user who may connect from there only.
    private struct TLSServer {
        let certificates: TestCertificates
        let port: UInt16

        func url(host: String = "127.0.0.1", _ options: String...) -> String {
            "mariadb://tls_test:right-one@\(host):\(port)/tls_test?\(options.joined(separator: "&"))"
        }

        var authority: String { "ssl_ca=\(certificates.authority)" }
        var own: String { "ssl_cert=\(certificates.client.certificate)&ssl_key=\(certificates.client.key)" }
    }

    /// - Parameters:
    ///   - pair: the server's certificate; `nil` for a server without TLS.
    ///   - requirement: the server's requirement for the user.
    private func withServer(
        _ pair: ((TestCertificates) -> TestCertificates.Pair)?, requirement: SQL = "REQUIRE NONE",
        _ body: @Sendable (TLSServer) async throws -> Void
    ) async throws {
        let scene = TLSServer(certificates: try await TestCertificates(), port: try FreePort.find(1)[0])
        var options = ["--skip-networking=0", "--bind-address=127.0.0.1", "--port=\(scene.port)"]
        if let pair = pair?(scene.certificates) {
            options += [
                "--ssl-ca=\(scene.certificates.authority)", "--ssl-cert=\(pair.certificate)", "--ssl-key=\(pair.key)",
            ]
        }
        try await TestMariaDB.withPrivateServer(options: options) { server in
            let administrator = try MariaDBConnection(LedgerConfiguration(url: server.url(database: "mysql")))
            try administrator.execute(
                "CREATE USER tls_test@127.0.0.1 IDENTIFIED BY 'right-one' \(requirement)")
            try administrator.execute("GRANT ALL ON tls_test.* TO tls_test@127.0.0.1")
            try await body(scene)
        }
    }

    private func isEncrypted(_ url: String) async throws -> Bool {
        let ledger = try await LedgerFixture.connect(url, createDatabase: true)
        let cipher = try await ledger.query("SHOW STATUS LIKE 'Ssl_cipher'").rows[0][1]
        await ledger.close()
        return cipher != .text("")
    }

    private func refusal(_ url: String) async -> LedgerError? {
        await #expect(throws: LedgerError.self) { try await LedgerFixture.connect(url, createDatabase: true) }
    }

    private func expectInsecure(_ url: String, sourceLocation: SourceLocation = #_sourceLocation) async {
        let error = await refusal(url)
        #expect(error?.code == .insecure, "\(url): \(error?.message ?? "")", sourceLocation: sourceLocation)
        #expect(error?.message.contains("ssl_ca") == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
        #expect(error?.message.contains("right-one") == false, sourceLocation: sourceLocation)
        #expect(error?.isOutage == false, sourceLocation: sourceLocation)
    }

    @Test("a server is trusted over TCP only with the right authority, and under a name that it proves")
    func server_isVerified() async throws {
        try await withServer(\.server, requirement: "REQUIRE SSL") { (scene: TLSServer) async throws in
            #expect(try await isEncrypted(scene.url(scene.authority)))
            #expect(try await isEncrypted(scene.url(scene.authority, "ssl_mode=verify_identity", scene.own)))
            #expect(try await isEncrypted(scene.url("ssl_mode=required")))
            for options in [
                "ssl_ca=\(scene.certificates.otherAuthority)", "ssl_mode=verify_identity", "ssl_ca=/no/such.pem",
            ] { await expectInsecure(scene.url(options)) }
            // The same server and authority, but a name that is not in the certificate.
            await expectInsecure(scene.url(host: "localhost", scene.authority))
            let plain = await refusal(scene.url("ssl_mode=disabled"))
            #expect(plain?.code == .authentication, "\(plain?.message ?? "")")

            let ledger = try await LedgerFixture.connect(scene.url(scene.authority), createDatabase: true)
            try await ledger.migrate()
            try await ledger.register(LedgerFixture.schema)
            let points = (0..<2_000).map { Sample.point($0) }
            let reply = try await ledger.insertQueued(points, into: LedgerFixture.table)
            #expect(reply.outcomes.allSatisfy { $0 == .inserted })
        }
    }

    @Test("an expired certificate and one for another host are refused")
    func badCertificates_areRefused() async throws {
        try await withServer(\.expired) { await expectInsecure($0.url($0.authority)) }
        try await withServer(\.misnamed) { (scene: TLSServer) async throws in
            await expectInsecure(scene.url(scene.authority))
            #expect(try await isEncrypted(scene.url("ssl_mode=required")))
        }
    }

    @Test("a server that requires a client's certificate gets it, and refuses clients without")
    func clientCertificate_isPresented() async throws {
        try await withServer(\.server, requirement: "REQUIRE X509") { (scene: TLSServer) async throws in
            #expect(try await isEncrypted(scene.url(scene.authority, scene.own)))
            #expect(await refusal(scene.url(scene.authority))?.code == .authentication)
        }
    }

    @Test("a server without TLS is refused if TLS is required")
    func serverWithoutTLS_isRefused() async throws {
        try await withServer(nil) { (scene: TLSServer) async throws in
            for options in [scene.authority, "ssl_mode=required", "ssl_mode=verify_identity"] {
                let error = await refusal(scene.url(options))
                #expect(error?.code == .insecure, "\(error?.message ?? "")")
                #expect(error?.message.contains("TLS") == true, "\(error?.message ?? "")")
            }
            #expect(try await !isEncrypted(scene.url()))
        }
        // Only a private server is known not to support TLS.
        guard TestMariaDB.givenURL == nil else { return }
        let socket = try await TestMariaDB.shared().makeDatabase()
        #expect(await refusal("\(socket)&ssl_mode=required")?.code == .insecure)
    }
}
