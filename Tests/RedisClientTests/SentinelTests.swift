import Glibc
import LocalStack
import Logging
import RedisClient
import TestSupport
import Testing

@Suite("Sentinels", .timeLimit(.minutes(3)))
struct SentinelTests {
    private func configuration(_ url: String, _ password: String? = FailoverFixture.sentinelPassword) throws
        -> RedisConfiguration
    {
        var configuration = try RedisConfiguration(url: url)
        configuration.sentinelPassword = password
        return configuration
    }

    private func connect(_ configuration: RedisConfiguration) async throws -> RedisConnection {
        try await RedisConnection.connect(to: configuration, logger: Logger(label: "test"))
    }

    @Test("the master is found by any sentinel that answers, and errors say what is wrong without any password")
    func discovery() async throws {
        try await FailoverFixture.run { scene in
            let connection = try await connect(configuration(scene.url))
            #expect(try await connection.send("ROLE").elements?.first?.text == "master")

            let dead = try FreePort.find(1)[0]
            let twoSentinels = scene.url.replacing("@127", with: "@127.0.0.1:\(dead),127")
            _ = try await connect(configuration(twoSentinels))

            let port = scene.sentinelPort
            let server = "redis+sentinel://:\(FailoverFixture.password)@127.0.0.1:\(scene.replicaPort)/scene"
            let wrong: [(RedisConfiguration, RedisError.Code, String)] = try [
                (configuration("redis+sentinel://:x@127.0.0.1:\(dead)/scene"), .connectionRefused, "127.0.0.1:\(dead)"),
                (configuration("redis+sentinel://:x@127.0.0.1:\(port)/other"), .hostNotFound, "'other'"),
                (configuration("redis+sentinel://:x@127.0.0.1:\(port)/scene"), .authentication, "password"),
                (configuration(scene.url, "guess"), .authentication, "\(port)"),
                (configuration(scene.url, nil), .authentication, "\(port)"),
                (configuration(server, FailoverFixture.password), .configuration, "not answer as a sentinel"),
            ]
            for (configuration, code, words) in wrong {
                let error = await #expect(throws: RedisError.self) { try await connect(configuration) }
                #expect(error?.code == code)
                #expect(error?.message.contains(words) == true)
                for secret in [FailoverFixture.password, FailoverFixture.sentinelPassword, "guess"] {
                    #expect(error?.message.contains(secret) == false)
                }
            }
        }
    }

    @Test("under TLS, sentinels and servers are both reached, and both must prove who they are")
    func secure() async throws {
        let certificates = try await TestCertificates()
        try await FailoverFixture.run(certificates) { scene in
            let connection = try await connect(configuration(scene.url))
            #expect(try await connection.send("ROLE").elements?.first?.text == "master")
            // The master dies; its successor is found under TLS as well.
            let process = try #require(scene.master.processIdentifier)
            kill(process, SIGKILL)
            await scene.wait(for: "+switch-master")
            var port: String?
            while port == nil {
                do {
                    port = try await connection.send("CONFIG", "GET", "tls-port").elements?.last?.text
                } catch let error as RedisError where error.isTransient {}
            }
            #expect(port == "\(scene.replicaPort)")

            let stranger = scene.url.replacing("\(certificates.authority)", with: "\(certificates.otherAuthority)")
            let plain = "redis" + scene.url.dropFirst("rediss".count).prefix { $0 != "?" }
            for (url, code) in [(stranger, RedisError.Code.tls), (plain, .closed)] {
                let error = await #expect(throws: RedisError.self) { try await connect(configuration(url)) }
                #expect(error?.code == code)
                #expect(error?.message.contains(FailoverFixture.password) == false)
            }
        }
    }

    @Test("when the master becomes a replica while it lives, the connection goes over to the new master")
    func demotion() async throws {
        try await FailoverFixture.run { scene in
            let connection = try await connect(configuration(scene.url))
            _ = try await connection.send("SET", "key", "before")
            let sentinel = try await connect(
                RedisConfiguration(
                    url: "redis://:\(FailoverFixture.sentinelPassword)@127.0.0.1:\(scene.sentinelPort)"))
            var isUnderWay = false
            while !isUnderWay {
                do {
                    _ = try await sentinel.send("SENTINEL", "FAILOVER", FailoverFixture.service)
                    isUnderWay = true
                } catch let error as RedisError where error.message.contains("NOGOODSLAVE") {
                    // It has heard of the replica, but has no connection to it yet.
                }
            }
            await scene.wait(for: "+switch-master")
            var answer: RedisValue?
            while answer == nil {
                do {
                    answer = try await connection.send("SET", "key", "after")
                } catch let error as RedisError where error.isTransient {}
            }
            #expect(try await connection.send("ROLE").elements?.first?.text == "master")
            #expect(try await connection.send("CONFIG", "GET", "port").elements?.last?.text == "\(scene.replicaPort)")
        }
    }
}
