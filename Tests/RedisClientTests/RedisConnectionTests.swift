import Glibc
import LocalStack
import Logging
import RedisClient
import TestSupport
import Testing

@Suite("A connection to Redis", .timeLimit(.minutes(3)))
struct RedisConnectionTests {
    private let logger = Logger.silent
    private let prefix = TestRedis.uniqueNamespace()

    private func connect() async throws -> RedisConnection {
        try await RedisConnection.connect(
            to: RedisConfiguration(url: TestRedis.shared().url), logger: logger)
    }

    @Test("arguments and replies of any bytes are passed unchanged")
    func bytes_arePassedUnchanged() async throws {
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

    @Test("replies of every type are distinguished, also nested ones")
    func replyTypes_areDistinguished() async throws {
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

    @Test("an error of the server is thrown with its text, and the connection continues")
    func serverError_isThrown() async throws {
        let connection = try await connect()
        let error = await #expect(throws: RedisError.self) { try await connection.send("NONSENSE") }
        #expect(error?.code == .server)
        #expect(error?.message.contains("unknown command") == true)
        #expect(try await connection.send("PING") == .status("PONG"))
    }

    @Test("many concurrent callers each get their own reply")
    func concurrentCallers_getTheirReplies() async throws {
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

    @Test(
        "commands are sent while an earlier reply is outstanding, from the connection's thread and from others"
    )
    func slowReply_doesNotDelayCommands() async throws {
        let connection = try await connect()
        let other = try await connect()
        let list = "\(prefix):slow"
        let identity = try #require(try await connection.send("CLIENT", "ID").number)
        /// Waits until the server's description of the connection contains a text.
        func state(_ words: String) async throws {
            try await eventually("the client's state is \(words)") {
                try await other.send("CLIENT", "LIST", "ID", "\(identity)").text?.contains(words) == true
            }
        }
        for _ in 0..<3 {
            async let slow = connection.send("BLPOP", list, "0")
            try await state("cmd=blpop")
            async let elsewhere = connection.send("ECHO", "elsewhere")
            async let home = connection.withConnectionThread { try await connection.send("ECHO", "home") }
            // Both have reached the server, which runs them after the first one: *2 $4 ECHO and the words.
            try await state("qbuf=\(29 + 24) ")
            _ = try await other.send("RPUSH", list, "end")
            #expect(try await slow.elements?.last?.text == "end")
            #expect(try await elsewhere.text == "elsewhere")
            #expect(try await home.text == "home")
        }
    }

    @Test("a script that the server does not know is sent, also after a flush of its scripts")
    func unknownScript_isSent() async throws {
        try await TestRedis.withPrivateServer { server in
            let connection = try await RedisConnection.connect(
                to: RedisConfiguration(url: server.url), logger: Logger.silent)
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

    @Test("a connection that the server kills reconnects")
    func killedConnection_reconnects() async throws {
        let connection = try await connect()
        let other = try await connect()
        let identity = try #require(try await connection.send("CLIENT", "ID").number)
        #expect(try await other.send("CLIENT", "KILL", "ID", "\(identity)") == .integer(1))
        var answer: RedisValue?
        // The first command may use the broken connection; it must not hang, and a later one must succeed.
        for _ in 0..<3 where answer == nil { answer = try? await connection.send("CLIENT", "ID") }
        #expect(try #require(answer?.number) != identity)
    }

    @Test("a command in flight fails if its connection is killed")
    func killedConnection_failsCommandInFlight() async throws {
        let connection = try await connect()
        let other = try await connect()
        let identity = try #require(try await connection.send("CLIENT", "ID").number)
        let blocked = Task { try await connection.send("BLPOP", "\(prefix):never", "20") }
        try await eventually("the client blocks") {
            try await other.send("CLIENT", "LIST", "ID", "\(identity)").text?.contains("cmd=blpop") == true
        }
        _ = try await other.send("CLIENT", "KILL", "ID", "\(identity)")
        await #expect(throws: RedisError.self) { try await blocked.value }
        #expect(try await connection.send("PING") == .status("PONG"))
    }

    @Test("a command that takes too long times out, and the next one works")
    func slowCommand_timesOut() async throws {
        let connection = try await connect()
        let error = await #expect(throws: RedisError.self) {
            try await connection.send(RedisCommand("BLPOP", "\(prefix):never", "20"), limit: .milliseconds(50))
        }
        #expect(error?.code == .timeout)
        #expect(try await connection.send("PING") == .status("PONG"))
    }

    @Test("closing fails waiting and later calls")
    func close_failsWaitingAndLaterCalls() async throws {
        let connection = try await connect()
        let identity = try #require(try await connection.send("CLIENT", "ID").number)
        let blocked = Task { try await connection.send("BLPOP", "\(prefix):never", "20") }
        let other = try await connect()
        try await eventually("the client blocks") {
            try await other.send("CLIENT", "LIST", "ID", "\(identity)").text?.contains("cmd=blpop") == true
        }
        connection.close()
        await #expect(throws: RedisError.self) { try await blocked.value }
        let error = await #expect(throws: RedisError.self) { try await connection.send("PING") }
        #expect(error?.code == .closed)
    }

    @Test("if no server listens, the error names the address and never the password")
    func missingServer_errorNamesAddress() async throws {
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

    @Test("users and passwords are sent, and wrong ones refused")
    func credentials_areSent() async throws {
        try await TestRedis.withPrivateServer { server in
            let logger = Logger.silent
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
    func tcp_works() async throws {
        try await TestRedis.withPrivateServer { server in
            let local = try await RedisConnection.connect(
                to: RedisConfiguration(url: server.url), logger: Logger.silent)
            // The server cannot choose a free port: tries some until one is free.
            var port = 0
            for candidate in 20_000..<20_100 where port == 0 {
                let number = candidate + Int(getpid()) % 10_000
                if (try? await local.send("CONFIG", "SET", "port", "\(number)")) != nil { port = number }
            }
            let connection = try await RedisConnection.connect(
                to: RedisConfiguration(url: "redis://localhost:\(port)/1"), logger: Logger.silent)
            let sample = [UInt8](repeating: 7, count: 3_000_000)
            _ = try await connection.send([Array("SET".utf8), Array("key".utf8), sample])
            #expect(try await connection.send("GET", "key") == .bytes(sample))
        }
    }

    @Test("commands wait for a server that is killed with -9 and restarted, which keeps all acknowledged data")
    func killedServer_commandsWait() async throws {
        try await TestRedis.withPrivateServer { server in
            let connection = try await RedisConnection.connect(
                to: RedisConfiguration(url: server.url), logger: Logger.silent)
            for number in 0..<100 { _ = try await connection.send("SET", "key:\(number)", "\(number)") }
            let process = try #require(server.processIdentifier)
            #expect(kill(process, SIGKILL) == 0)
            var size: RedisValue?
            for _ in 0..<3 where size == nil { size = try? await connection.send("DBSIZE") }
            #expect(size == .integer(100))
        }
    }
}
