import SystemPackage
import TestSupport
import Testing

@testable import HTTPClient

/// Tests against a TLS server at 127.0.0.1 that has a certificate for kube.test and demands one from the client.
@Suite("TLS", .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct TLSTests {
    @Test(
        "connects to another address under the certificate's name, with authority and certificate from files or memory"
    )
    func serverName_overridesHost() async throws {
        let folder = try TemporaryFolder()
        func path(_ name: String) -> FilePath { folder.path.appending(name) }
        func pem(_ name: String) throws -> TLSOptions.Source { .pem(try folder.bytes(name)) }
        try await PythonServer.run("web", [folder.path.string]) { server in
            let client = HTTPClient()
            var request = HTTPRequest(.get, "https://127.0.0.1:\(try server.port)/echo")
            request.tls.serverName = "kube.test"
            func expectTLSError(_ reason: String, sourceLocation: SourceLocation = #_sourceLocation) async {
                let error = await #expect(throws: HTTPError.self, sourceLocation: sourceLocation) {
                    try await HTTPClient().send(request)
                }
                #expect(error?.code == .tls, "\(reason): \(error?.message ?? "")", sourceLocation: sourceLocation)
            }
            await expectTLSError("an authority that is not the system's")
            request.tls.authorities = .file(path("authority.pem"))
            let stranger = await #expect(throws: HTTPError.self) { try await client.send(request) }
            #expect(stranger != nil, "a client without a certificate")
            request.tls.certificate = .file(path("client.pem"))
            request.tls.privateKey = .file(path("client.key"))
            let response = try await client.send(request)
            #expect(response.status == 200)
            #expect(response.text.contains("\"Host\": \"127.0.0.1:"))

            request.tls.authorities = try pem("authority.pem")
            request.tls.certificate = try pem("client.pem")
            request.tls.privateKey = try pem("client.key")
            #expect(try await client.send(request).status == 200)
            request.tls.privateKey = try pem("authority.pem")
            await expectTLSError("a certificate as the key")
            request.tls.privateKey = try pem("client.key")
            request.tls.serverName = nil
            await expectTLSError("a certificate for another name")
            request.tls.verifiesServer = false
            #expect(try await client.send(request).status == 200)
        }
    }
}
