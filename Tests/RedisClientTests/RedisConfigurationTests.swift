import RedisClient
import Testing

@Suite("Reading Redis URLs")
struct RedisConfigurationTests {
    @Test("host, port, user, password and database are read")
    func tcp() throws {
        let plain = try RedisConfiguration(url: "redis://example.org")
        #expect(plain.address == .tcp(host: "example.org", port: 6379))
        #expect(plain.user == nil && plain.password == nil && plain.database == 0)

        let full = try RedisConfiguration(url: "redis://ann:s%40cret@[::1]:7000/3")
        #expect(full.address == .tcp(host: "::1", port: 7000))
        #expect(full.user == "ann" && full.password == "s@cret" && full.database == 3)

        let passwordOnly = try RedisConfiguration(url: "redis://:secret@example.org")
        #expect(passwordOnly.user == nil && passwordOnly.password == "secret")
    }

    @Test("a Unix socket's path, credentials and database are read")
    func unixSocket() throws {
        let plain = try RedisConfiguration(url: "unix:///run/redis%20one.sock")
        #expect(plain.address == .unixSocket(path: "/run/redis one.sock"))
        let full = try RedisConfiguration(url: "unix://ann:secret@/run/redis.sock?db=2")
        #expect(full.address == .unixSocket(path: "/run/redis.sock"))
        #expect(full.user == "ann" && full.password == "secret" && full.database == 2)
    }

    @Test("no way of printing a configuration shows its password")
    func password() throws {
        for url in ["redis://ann:hunter2@example.org", "unix://:hunter2@/run/redis.sock"] {
            let configuration = try RedisConfiguration(url: url)
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
            "rediss://example.org", "redis+sentinel://example.org/main", "redis://ann:hunter2/x@example.org",
            "redis://ann:hunter2?x@example.org", "unix:///\(String(repeating: "x", count: 120))",
        ])
    func refused(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test("TLS and Sentinel are named as not supported yet")
    func notYet() {
        for (url, word) in [("rediss://h", "TLS"), ("redis+sentinel://h", "Sentinel")] {
            let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
            #expect(error?.message.contains(word) == true)
        }
    }
}
