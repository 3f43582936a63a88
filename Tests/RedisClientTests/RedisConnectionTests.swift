import Glibc
import LocalStack
import Logging
import RedisClient
import TestSupport
import Testing

@Suite("A connection to Redis", .timeLimit(.minutes(3)))
struct RedisConnectionTests {
    private let logger = Logger(label: "test")
    private let prefix = TestRedis.uniqueNamespace()

    private func connect() async throws -> RedisConnection {
        try await RedisConnection.connect(
            to: RedisConfiguration(url: TestRedis.shared().url), logger: logger)
    }

    @Test("arguments and replies of any bytes come through unchanged")
    func bytes() async throws {
        let connection = try await connect()
        let key = "\(prefix):bytes"
        let samples: [[UInt8]] = [
            [], [0], Array("*1\r\n$4\r\nPING\r\n".utf8), Array(0...255),
            (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) },
        ]
        for sample in samples {
            #expect(try await connection.send([Array("SET".utf8), Array(key.utf8), sample]) == .status("OK"))
            #expect(try await connection.send("GET", key) == .bytes(sample))
        }
        #expect(try await connection.send("DEL", key) == .integer(1))
        #expect(try await connection.send("GET", key) == .null)
    }

    @Test("replies of every type are told apart, also nested")
    func types() async throws {
        let connection = try await connect()
        let script = "return {1, 'two', {3, {'four'}}, false, redis.status_reply('FIVE'), redis.error_reply('ERR six')}"
        #expect(
            try await connection.send("EVAL", script, "0")
                == .array([
                    .integer(1), .bytes(Array("two".utf8)),
                    .array([.integer(3), .array([.bytes(Array("four".utf8))])]), .null, .status("FIVE"),
                    .error("ERR six"),
                ]))
    }

    @Test("an error of the server is thrown with its words, and the connection goes on")
    func serverError() async throws {
        let connection = try await connect()
        let error = await #expect(throws: RedisError.self) { try await connection.send("NONSENSE") }
        #expect(error?.code == .server)
        #expect(error?.message.contains("unknown command") == true)
        #expect(try await connection.send("PING") == .status("PONG"))
    }

    @Test("many concurrent callers each get their own reply")
    func concurrency() async throws {
        let connection = try await connect()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for caller in 0..<64 {
                group.addTask {
                    for turn in 0..<50 {
                        let word = "\(caller) \(turn)"
                        guard try await connection.send("ECHO", word).text == word else { return false }
                    }
                    return true
                }
            }
            for try await allRight in group { #expect(allRight) }
        }
    }

    @Test("commands are sent while the reply to an earlier one is outstanding, from the thread and from elsewhere")
    func slowReply() async throws {
        let connection = try await connect()
        let other = try await connect()
        let list = "\(prefix):slow"
        let identity = try #require(try await connection.send("CLIENT", "ID").number)
        /// The server's word on the connection, once it contains some words.
        func state(_ words: String) async throws {
            while try await other.send("CLIENT", "LIST", "ID", "\(identity)").text?.contains(words) != true {}
        }
        for _ in 0..<3 {
            async let slow = connection.send("BLPOP", list, "0")
            try await state("cmd=blpop")
            async let elsewhere = connection.send("ECHO", "elsewhere")
            async let home = connection.withConnectionThread { try await connection.send("ECHO", "home") }
            // Both have reached the server, which carries them out behind the first: *2 $4 ECHO and the words.
            try await state("qbuf=\(29 + 24) ")
            _ = try await other.send("RPUSH", list, "end")
            #expect(try await slow.elements?.last?.text == "end")
            #expect(try await elsewhere.text == "elsewhere")
            #expect(try await home.text == "home")
        }
    }

    @Test("a script unknown to the server is handed over, also after the scripts were flushed")
    func scripts() async throws {
        try await TestRedis.withPrivateServer { server in
            let connection = try await RedisConnection.connect(
                to: RedisConfiguration(url: server.url), logger: Logger(label: "test"))
            let script = RedisScript(Array("return {KEYS[1], ARGV[1], ARGV[2]}".utf8))
            var invocation = RedisInvocation(keys: ["{a}:key"])
            invocation.append([0, 255])
            invocation.append(-42)
            let expected = RedisValue.array([
                .bytes(Array("{a}:key".utf8)), .bytes([0, 255]), .bytes(Array("-42".utf8)),
            ])
            #expect(try await connection.evaluate(script, invocation) == expected)
            _ = try await connection.send("SCRIPT", "FLUSH")
            #expect(try await connection.evaluate(script, invocation) == expected)
        }
    }

    @Test("a connection that the server kills is made anew by itself")
    func reconnect() async throws {
        let connection = try await connect()
        let other = try await connect()
        let identity = try #require(try await connection.send("CLIENT", "ID").number)
        #expect(try await other.send("CLIENT", "KILL", "ID", "\(identity)") == .integer(1))
        var answer: RedisValue?
        // The first command may meet the dying connection; what it must never do is hang or break for good.
        for _ in 0..<3 where answer == nil { answer = try? await connection.send("CLIENT", "ID") }
        #expect(try #require(answer?.number) != identity)
    }

    @Test("a command in flight on a connection that is killed fails as of unknown outcome")
    func killedInFlight() async throws {
        let connection = try await connect()
        let other = try await connect()
        let identity = try #require(try await connection.send("CLIENT", "ID").number)
        let blocked = Task { try await connection.send("BLPOP", "\(prefix):never", "20") }
        while try await other.send("CLIENT", "LIST", "ID", "\(identity)").text?.contains("cmd=blpop") != true {}
        _ = try await other.send("CLIENT", "KILL", "ID", "\(identity)")
        await #expect(throws: RedisError.self) { try await blocked.value }
        #expect(try await connection.send("PING") == .status("PONG"))
    }

    @Test("a command that takes too long times out, and the next one works")
    func timeout() async throws {
        let connection = try await connect()
        let error = await #expect(throws: RedisError.self) {
            try await connection.send(RedisCommand("BLPOP", "\(prefix):never", "20"), limit: .milliseconds(50))
        }
        #expect(error?.code == .timeout)
        #expect(try await connection.send("PING") == .status("PONG"))
    }

    @Test("closing fails who waits, and whoever comes later")
    func closing() async throws {
        let connection = try await connect()
        let identity = try #require(try await connection.send("CLIENT", "ID").number)
        let blocked = Task { try await connection.send("BLPOP", "\(prefix):never", "20") }
        let other = try await connect()
        while try await other.send("CLIENT", "LIST", "ID", "\(identity)").text?.contains("cmd=blpop") != true {}
        connection.close()
        await #expect(throws: RedisError.self) { try await blocked.value }
        let error = await #expect(throws: RedisError.self) { try await connection.send("PING") }
        #expect(error?.code == .closed)
    }

    @Test("where nothing listens, the error names the address and never the password")
    func nobodyThere() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        for url in ["unix://ann:hunter2@\(folder.path)/none.sock", "redis://ann:hunter2@127.0.0.1:1/0"] {
            let error = await #expect(throws: RedisError.self) {
                try await RedisConnection.connect(to: RedisConfiguration(url: url), logger: logger)
            }
            #expect(error?.code == .connectionRefused)
            #expect(error?.message.contains("127.0.0.1:1") == true || error?.message.contains("none.sock") == true)
            #expect(error?.message.contains("hunter2") == false)
        }
    }

    @Test("users and passwords are presented, and wrong ones refused")
    func authentication() async throws {
        try await TestRedis.withPrivateServer { server in
            let logger = Logger(label: "test")
            let configuration = try RedisConfiguration(url: server.url)
            let admin = try await RedisConnection.connect(to: configuration, logger: logger)
            _ = try await admin.send("ACL", "SETUSER", "ann", "on", ">s:cr@t", "~*", "+@all")
            _ = try await admin.send("CONFIG", "SET", "requirepass", "other")

            var right = configuration
            right.user = "ann"
            right.password = "s:cr@t"
            right.database = 1
            let connection = try await RedisConnection.connect(to: right, logger: logger)
            #expect(try await connection.send("ACL", "WHOAMI").text == "ann")
            #expect(try await connection.send("CLIENT", "INFO").text?.contains("db=1") == true)

            var wrong = right
            wrong.password = "guess"
            var none = right
            none.user = nil
            none.password = nil
            for configuration in [wrong, none] {
                let error = await #expect(throws: RedisError.self) {
                    try await RedisConnection.connect(to: configuration, logger: logger)
                }
                #expect(error?.code == .authentication)
            }
        }
    }

    @Test("a server is reached over TCP as well")
    func tcp() async throws {
        try await TestRedis.withPrivateServer { server in
            let local = try await RedisConnection.connect(
                to: RedisConfiguration(url: server.url), logger: Logger(label: "test"))
            // The server chooses a free port itself no better than we do: try some until one is free.
            var port = 0
            for candidate in 20_000..<20_100 where port == 0 {
                let number = candidate + Int(getpid()) % 10_000
                if (try? await local.send("CONFIG", "SET", "port", "\(number)")) != nil { port = number }
            }
            let connection = try await RedisConnection.connect(
                to: RedisConfiguration(url: "redis://localhost:\(port)/1"), logger: Logger(label: "test"))
            let sample = [UInt8](repeating: 7, count: 3_000_000)
            _ = try await connection.send([Array("SET".utf8), Array("key".utf8), sample])
            #expect(try await connection.send("GET", "key") == .bytes(sample))
        }
    }

    @Test("a server killed with -9 and started again keeps what it had answered, and commands wait for it")
    func serverCrash() async throws {
        try await TestRedis.withPrivateServer { server in
            let connection = try await RedisConnection.connect(
                to: RedisConfiguration(url: server.url), logger: Logger(label: "test"))
            for number in 0..<100 { _ = try await connection.send("SET", "key:\(number)", "\(number)") }
            let process = try #require(server.processIdentifier)
            #expect(kill(process, SIGKILL) == 0)
            var size: RedisValue?
            for _ in 0..<3 where size == nil { size = try? await connection.send("DBSIZE") }
            #expect(size == .integer(100))
        }
    }
}
