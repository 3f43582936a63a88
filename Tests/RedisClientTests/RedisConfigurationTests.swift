import RedisClient
import Testing

@Suite("Reading Redis URLs")
struct RedisConfigurationTests {
    @Test("host, port, user, password and database are read")
    func tcpURL_isRead() throws {
        let plain = try RedisConfiguration(url: "redis://example.org")
        #expect(plain.address == .tcp(host: "example.org", port: 6379))
        #expect(plain.user == nil)
        #expect(plain.password == nil)
        #expect(plain.database == 0)

        let full = try RedisConfiguration(url: "redis://ann:s%40cret@[::1]:7000/3")
        #expect(full.address == .tcp(host: "::1", port: 7000))
        #expect(full.user == "ann")
        #expect(full.password == "s@cret")
        #expect(full.database == 3)

        let passwordOnly = try RedisConfiguration(url: "redis://:secret@example.org")
        #expect(passwordOnly.user == nil)
        #expect(passwordOnly.password == "secret")
    }

    @Test("a Unix socket's path, credentials and database are read")
    func unixSocketURL_isRead() throws {
        let plain = try RedisConfiguration(url: "unix:///run/redis%20one.sock")
        #expect(plain.address == .unixSocket(path: "/run/redis one.sock"))
        let full = try RedisConfiguration(url: "unix://ann:secret@/run/redis.sock?db=2")
        #expect(full.address == .unixSocket(path: "/run/redis.sock"))
        #expect(full.user == "ann")
        #expect(full.password == "secret")
        #expect(full.database == 2)
    }

    @Test("no way of printing a configuration shows its password")
    func password_isNotInDescription() throws {
        let urls = [
            "redis://ann:hunter2@example.org", "unix://:hunter2@/run/redis.sock",
            "rediss+sentinel://ann:hunter2@one,two/main",
        ]
        for url in urls {
            var configuration = try RedisConfiguration(url: url)
            configuration.sentinelPassword = "hunter2"
            var dumped = ""
            dump(configuration, to: &dumped)
            for text in ["\(configuration)", String(reflecting: configuration), dumped] {
                #expect(!text.contains("hunter2"))
            }
        }
    }

    @Test(
        "what cannot be used is refused, without repeating what may be a password",
        arguments: [
            "http://example.org", "redis://", "redis://host:0", "redis://host:66000", "redis://host/x",
            "redis://host?cluster=1", "unix://host/run/redis.sock", "unix://", "unix:///", "redis://%zz@host",
            "redis://ann:hunter2/x@example.org", "redis://ann:hunter2?x@example.org", "redis://host?db=1&db=2",
            "redis+sentinel://one,two", "redis+sentinel://one,two/", "redis+sentinel://one,,two/main",
            "redis+sentinel://one/main/x", "redis+sentinel://one/main?sentinel_password=hunter2",
            "redis://host?ca=/ca.pem", "rediss://host?ca=", "rediss://host?key=/k.pem",
            "rediss://host?check_name=maybe",
            "rediss://host?server_name=a%00b", "redis://host?command_timeout=0", "redis://host?connect_timeout=nan",
            "unix:///\(String(repeating: "x", count: 120))",
        ])
    func refused(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test("TLS is asked for by the scheme, and its options are read")
    func tlsOptions_areRead() throws {
        let plain = try RedisConfiguration(url: "rediss://example.org")
        #expect(plain.address == .tcp(host: "example.org", port: 6379))
        #expect(plain.tls == RedisConfiguration.TLS())
        #expect(try RedisConfiguration(url: "redis://example.org").tls == nil)

        let full = try RedisConfiguration(
            url: "rediss://h:7000/2?ca=/etc/ca%20one.pem&cert=/c.pem&key=/k.pem&server_name=redis.example&check_name=no"
        )
        #expect(full.tls?.caFile == "/etc/ca one.pem")
        #expect(full.tls?.serverName == "redis.example")
        #expect(full.tls?.certificateFile == "/c.pem")
        #expect(full.tls?.keyFile == "/k.pem")
        #expect(full.tls?.checksName == false)
        #expect(full.database == 2)
        #expect(full.description == "rediss://h:7000/2")
    }

    @Test("sentinels, their service and their user are read")
    func sentinelURL_isRead() throws {
        let full = try RedisConfiguration(
            url: "redis+sentinel://ann:secret@one:7001,[::1]:7002,three/my%20master/4?sentinel_user=guard")
        #expect(
            full.address
                == .sentinels(
                    [
                        .init(host: "one", port: 7001), .init(host: "::1", port: 7002),
                        .init(host: "three", port: 26379),
                    ],
                    service: "my master"))
        #expect(full.user == "ann")
        #expect(full.password == "secret")
        #expect(full.database == 4)
        #expect(full.sentinelUser == "guard")
        #expect(full.sentinelPassword == nil)
        #expect(full.tls == nil)
        #expect(full.description == "redis+sentinel://ann@one:7001,[::1]:7002,three:26379/my master/4")
        let tls = try RedisConfiguration(url: "rediss+sentinel://one/main?ca=/ca.pem")
        #expect(tls.tls?.caFile == "/ca.pem")
        #expect(tls.database == 0)
    }

    @Test("time-outs are read in seconds")
    func timeouts_areRead() throws {
        let configuration = try RedisConfiguration(url: "unix:///r.sock?connect_timeout=0.5&command_timeout=20")
        #expect(configuration.connectTimeout == .milliseconds(500))
        #expect(configuration.commandTimeout == .seconds(20))
    }
}
