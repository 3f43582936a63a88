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
        try await RedisConnection.connect(to: configuration, logger: Logger.silent)
    }

    @Test("any sentinel that replies leads to the master, and errors name the problem without a password")
    func anySentinel_leadsToTheMaster() async throws {
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
                (configuration(server, FailoverFixture.password), .configuration, "is not a sentinel"),
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

    @Test("sentinels and servers are both reached under TLS, and both certificates are checked")
    func tls_appliesToSentinelsAndServers() async throws {
        let certificates = try await TestCertificates()
        try await FailoverFixture.run(certificates) { scene in
            let connection = try await connect(configuration(scene.url))
            #expect(try await connection.send("ROLE").elements?.first?.text == "master")
            // The new master is found under TLS as well.
            let process = try #require(scene.master.processIdentifier)
            kill(process, SIGKILL)
            await scene.wait(for: "+switch-master")
            let port = try await eventually("the new master replies") { () -> String? in
                do {
                    return try await connection.send("CONFIG", "GET", "tls-port").elements?.last?.text
                } catch let error as RedisError where error.isTransient {
                    return nil
                }
            } until: {
                $0 != nil
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

    @Test("if the master becomes a replica, the connection moves to the new master")
    func demotedMaster_isReplaced() async throws {
        try await FailoverFixture.run { scene in
            let connection = try await connect(configuration(scene.url))
            _ = try await connection.send("SET", "key", "before")
            let sentinel = try await connect(
                RedisConfiguration(
                    url: "redis://:\(FailoverFixture.sentinelPassword)@127.0.0.1:\(scene.sentinelPort)"))
            try await eventually("the fail-over begins") {
                do {
                    _ = try await sentinel.send("SENTINEL", "FAILOVER", FailoverFixture.service)
                    return true
                } catch let error as RedisError where error.message.contains("NOGOODSLAVE") {
                    // The sentinel knows the replica, but is not connected to it yet.
                    return false
                }
            }
            await scene.wait(for: "+switch-master")
            try await eventually("the new master accepts writes") {
                do {
                    return try await connection.send("SET", "key", "after") == .status("OK")
                } catch let error as RedisError where error.isTransient {
                    return false
                }
            }
            #expect(try await connection.send("ROLE").elements?.first?.text == "master")
            #expect(try await connection.send("CONFIG", "GET", "port").elements?.last?.text == "\(scene.replicaPort)")
        }
    }
}
