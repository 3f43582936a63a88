import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

@testable import HTTPClient

/// Against a server that speaks TLS under the name kube.test, at 127.0.0.1, and wants a certificate of the client.
@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.absence)"))
struct TLSTests {
    @Test(
        "a server is asked for by its certificate's name at another address, with authority and certificate from files or memory"
    )
    func certificates() async throws {
        let folder = try TemporaryFolder()
        func path(_ name: String) -> FilePath { folder.path.appending(name) }
        func pem(_ name: String) throws -> TLSOptions.Source {
            .pem(Array(try Data(contentsOf: URL(filePath: path(name).string))))
        }
        try await PythonServer.run("web", [folder.path.string]) { server in
            let client = HTTPClient()
            var request = HTTPRequest(.get, "https://127.0.0.1:\(try server.port)/echo")
            request.tls.serverName = "kube.test"
            func expect(_ code: HTTPError.Code, _ reason: String) async {
                let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
                #expect(error?.code == code, "\(reason): \(error?.message ?? "")")
            }
            await expect(.tls, "an authority that is not the system's")
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
            await expect(.tls, "a certificate for a key")
            request.tls.privateKey = try pem("client.key")
            request.tls.serverName = nil
            await expect(.tls, "a certificate for another name")
            request.tls.verifiesServer = false
            #expect(try await client.send(request).status == 200)
        }
    }
}
