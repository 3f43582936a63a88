import Foundation
import LocalStack
import Subprocess
import SystemPackage
import TestSupport
import Testing

@testable import RunLedger

/// An authority, and a server's certificate for `localhost` that it signed, made by openssl.
private struct Certificates {
    let folder: TemporaryFolder

    func file(_ name: String) -> String { folder.path.appending(name).string }

    init(name: String = "localhost") async throws {
        folder = try TemporaryFolder()
        try await openssl(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-authority -keyout \(file("ca-key.pem"))"
                + " -out \(file("ca.pem"))")
        try await openssl(
            "req -newkey rsa:2048 -nodes -subj /CN=\(name) -keyout \(file("key.pem")) -out \(file("request.pem"))")
        try await openssl(
            "x509 -req -days 2 -in \(file("request.pem")) -CA \(file("ca.pem")) -CAkey \(file("ca-key.pem"))"
                + " -CAcreateserial -out \(file("cert.pem"))")
    }

    private func openssl(_ arguments: String) async throws {
        let result = try await Subprocess.run(
            .name("openssl"), arguments: Arguments(arguments.split(separator: " ").map(String.init)), input: .none,
            output: .discarded, error: .discarded)
        try #require(result.terminationStatus.isSuccess, "openssl \(arguments)")
    }
}

@Suite("Encrypted connections")
struct TLSTests {
    private func serverOptions(_ certificates: Certificates) -> [String] {
        [
            "--ssl-ca=\(certificates.file("ca.pem"))", "--ssl-cert=\(certificates.file("cert.pem"))",
            "--ssl-key=\(certificates.file("key.pem"))",
        ]
    }

    @Test("a server is trusted only with the right authority and the right name, and never spoken to unencrypted")
    func verification() async throws {
        let (right, other) = (try await Certificates(), try await Certificates())
        try await TestMariaDB.withPrivateServer(options: serverOptions(right)) { server in
            try await verify(server.url(database: "mysql"), right, other)
        }
    }

    private func verify(_ url: String, _ right: Certificates, _ other: Certificates) async throws {
        let authority = "ssl_ca=\(right.file("ca.pem"))"
        let own = "ssl_cert=\(right.file("cert.pem"))&ssl_key=\(right.file("key.pem"))"
        #expect(try await isEncrypted("\(url)&\(authority)"))
        #expect(try await isEncrypted("\(url)&\(authority)&\(own)"))
        #expect(try await isEncrypted("\(url)&ssl_mode=required"))
        #expect(try await !isEncrypted("\(url)&ssl_mode=disabled"))
        for options in ["ssl_ca=\(other.file("ca.pem"))", "ssl_mode=verify_identity", "ssl_ca=/no/such.pem"] {
            let error = await #expect(throws: LedgerError.self) {
                try await LedgerFixture.connect("\(url)&\(options)")
            }
            #expect(error?.code == .insecure, "\(options): \(error?.message ?? "")")
            #expect(error?.message.contains("ssl_ca") == true)
            #expect(error?.isOutage == false)
        }
    }

    private func isEncrypted(_ url: String) async throws -> Bool {
        let session = LedgerSession(try LedgerConfiguration(url: url), logger: LedgerFixture.quiet)
        return try await session.perform("test") { connection in
            try connection.uncached("SHOW STATUS LIKE 'Ssl_cipher'").rows()[0][1].textValue != ""
        }.result
    }

    @Test("a certificate that is made out to another host is refused")
    func otherHost() async throws {
        let certificates = try await Certificates(name: "elsewhere.example")
        try await TestMariaDB.withPrivateServer(options: serverOptions(certificates)) { server in
            let url = "\(server.url(database: "mysql"))&ssl_ca=\(certificates.file("ca.pem"))"
            let error = await #expect(throws: LedgerError.self) { try await LedgerFixture.connect(url) }
            #expect(error?.code == .insecure, "\(error?.message ?? "")")
        }
    }

    @Test("a server without TLS is not spoken to where TLS is asked for")
    func withoutTLS() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        let error = await #expect(throws: LedgerError.self) {
            try await LedgerFixture.connect("\(url)&ssl_mode=required")
        }
        #expect(error?.code == .insecure, "\(error?.message ?? "")")
    }
}
