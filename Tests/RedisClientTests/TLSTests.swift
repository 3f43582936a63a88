import LocalStack
import Logging
import RedisClient
import TestSupport
import Testing

@Suite("TLS", .timeLimit(.minutes(3)))
struct TLSTests {
    private static let logger = Logger.silent

    private typealias Body = @Sendable (_ certificates: TestCertificates, _ url: String) async throws -> Void

    /// Runs `body` with a server that listens under TLS; `url` has no options.
    private func withServer(
        _ pair: (TestCertificates) -> TestCertificates.Pair = \.server, asksClients: Bool = false,
        options more: [String] = [], _ body: Body
    ) async throws {
        let certificates = try await TestCertificates()
        let port = try FreePort.find(1)[0]
        let options = certificates.options(port: port, pair(certificates), asksClients: asksClients)
        try await TestRedis.withPrivateServer(options: options + more) { _ in
            try await body(certificates, "rediss://127.0.0.1:\(port)")
        }
    }

    private func connect(_ url: String) async throws -> RedisConnection {
        try await RedisConnection.connect(to: RedisConfiguration(url: url), logger: Self.logger)
    }

    private func refusal(_ url: String) async -> RedisError? {
        await #expect(throws: RedisError.self) { try await connect(url) }
    }

    @Test(
        "commands and replies of any size are passed unchanged, from many callers at once",
        arguments: ["TLSv1.2", "TLSv1.3"])
    func bytes_arePassedUnchanged(version: String) async throws {
        try await withServer(options: ["--tls-protocols", version]) { certificates, url in
            let connection = try await connect("\(url)/1?ca=\(certificates.authority)&server_name=redis.test")
            let sample = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            _ = try await connection.send([Array("SET".utf8), Array("key".utf8), sample])
            #expect(try await connection.send("GET", "key") == .bytes(sample))
            let sizes = [1, 16_383, 16_384, 16_385, 32_768, 65_536, 200_000]
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for size in sizes {
                    group.addTask {
                        for turn in 0..<20 {
                            let word = [UInt8](repeating: UInt8(turn), count: size + turn)
                            guard try await connection.send([Array("ECHO".utf8), word]) == .bytes(word) else {
                                return false
                            }
                        }
                        return true
                    }
                }
                for try await allRight in group { #expect(allRight) }
            }
        }
    }

    @Test("a lost connection reconnects")
    func lostConnection_reconnects() async throws {
        try await withServer { certificates, url in
            let connection = try await connect("\(url)?ca=\(certificates.authority)")
            let other = try await connect("\(url)?ca=\(certificates.authority)")
            let identity = try #require(try await connection.send("CLIENT", "ID").number)
            _ = try await other.send("CLIENT", "KILL", "ID", "\(identity)")
            var answer: RedisValue?
            for _ in 0..<3 where answer == nil { answer = try? await connection.send("CLIENT", "ID") }
            #expect(try #require(answer?.number) != identity)
        }
    }

    @Test("a certificate of an untrusted authority is refused, with the remedy")
    func untrustedAuthority_isRefused() async throws {
        try await withServer { certificates, url in
            for option in ["", "?ca=\(certificates.otherAuthority)"] {
                let error = await refusal(url + option)
                #expect(error?.code == .tls)
                #expect(error?.message.contains("not signed by an authority that is trusted here") == true)
                #expect(error?.message.contains("(ca)") == true)
                #expect(error?.isTransient == false)
            }
        }
    }

    @Test("a certificate for another name is refused, unless that name is given or names are not checked")
    func certificateForAnotherName_isRefused() async throws {
        try await withServer(\.misnamed) { certificates, url in
            let error = await refusal("\(url)?ca=\(certificates.authority)")
            #expect(error?.code == .tls)
            #expect(error?.message.contains("does not contain the name '127.0.0.1'") == true)
            let other = await refusal("\(url)?ca=\(certificates.authority)&server_name=\(TestCertificates.name)")
            #expect(other?.message.contains("does not contain the name 'redis.test'") == true)
            _ = try await connect("\(url)?ca=\(certificates.authority)&server_name=elsewhere.test")
            _ = try await connect("\(url)?ca=\(certificates.authority)&check_name=no")
        }
    }

    @Test("an expired certificate is refused")
    func expiredCertificate_isRefused() async throws {
        try await withServer(\.expired) { certificates, url in
            let error = await refusal("\(url)?ca=\(certificates.authority)")
            #expect(error?.code == .tls)
            #expect(error?.message.contains("has expired") == true)
        }
    }

    @Test("a client certificate is presented to a server that requires one; without it, the error names the remedy")
    func clientCertificate_isPresented() async throws {
        try await withServer(asksClients: true) { certificates, url in
            let trusting = "\(url)?ca=\(certificates.authority)"
            let client = certificates.client
            let connection = try await connect("\(trusting)&cert=\(client.certificate)&key=\(client.key)")
            #expect(try await connection.send("PING") == .status("PONG"))
            let error = await refusal(trusting)
            #expect(error?.code == .tls)
            #expect(error?.message.contains("cert and key") == true)
        }
    }

    @Test("files that cannot be used are named, with the reason")
    func unusableFiles_areNamed() async throws {
        try await withServer { certificates, url in
            let trusting = "\(url)?ca=\(certificates.authority)"
            let (client, server) = (certificates.client, certificates.server)
            let wrong = [
                ("\(url)?ca=/nowhere/ca.pem", "/nowhere/ca.pem"),
                ("\(url)?ca=\(client.key)", "\(client.key)"),
                ("\(trusting)&cert=/nowhere/c.pem", "/nowhere/c.pem"),
                ("\(trusting)&cert=\(client.certificate)", "\(client.certificate)"),
                ("\(trusting)&cert=\(client.certificate)&key=\(server.key)", "\(server.key)"),
            ]
            for (url, file) in wrong {
                let error = await refusal(url)
                #expect(error?.code == .configuration)
                #expect(error?.message.contains("'\(file)'") == true)
            }
        }
    }

    @Test("a server without TLS, and a server that requires TLS, are recognised")
    func missingTLS_isRecognised() async throws {
        let certificates = try await TestCertificates()
        let ports = try FreePort.find(2)
        let options = certificates.options(port: ports[0], certificates.server) + ["--port", "\(ports[1])"]
        try await TestRedis.withPrivateServer(options: options) { _ in
            let noTLS = await refusal("rediss://127.0.0.1:\(ports[1])?ca=\(certificates.authority)&connect_timeout=1")
            #expect(noTLS?.message.contains("TLS") == true)
            let onlyTLS = await refusal("redis://127.0.0.1:\(ports[0])")
            #expect(onlyTLS?.code == .closed)
            #expect(onlyTLS?.message.contains("rediss://") == true)
        }
    }
}
