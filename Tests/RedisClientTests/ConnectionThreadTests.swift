import Glibc
import LocalStack
import Logging
import RedisClient
import TestSupport
import Testing

@Suite("Tasks on a connection's own thread", .timeLimit(.minutes(3)))
struct ConnectionThreadTests {
    private let prefix = TestRedis.uniqueNamespace()

    private func connect() async throws -> RedisConnection {
        try await RedisConnection.connect(
            to: RedisConfiguration(url: TestRedis.shared().url), logger: Logger.silent)
    }

    @Test(
        "a task and its child tasks are on the same thread before and after each call, and on another one afterwards")
    @MainActor func task_staysOnTheThread() async throws {
        let connection = try await connect()
        let threads = try await connection.withConnectionThread {
            var threads: Set<pthread_t> = [pthread_self()]
            for _ in 0..<10 {
                _ = try await connection.send("PING")
                threads.insert(pthread_self())
            }
            async let child = Self.threadAfterCall(connection)
            threads.insert(try await child)
            try await Task.sleep(for: .milliseconds(1))
            threads.insert(pthread_self())
            return threads
        }
        #expect(threads.count == 1)
        #expect(!threads.contains(pthread_self()))
    }

    @concurrent private static func threadAfterCall(_ connection: RedisConnection) async throws -> pthread_t {
        _ = try await connection.send("PING")
        return pthread_self()
    }

    @Test("many tasks on the thread and on others each get their own replies")
    func tasks_getTheirReplies() async throws {
        let connection = try await connect()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for caller in 0..<32 {
                group.addTask {
                    if caller.isMultiple(of: 2) { return try await Self.echoes(caller, connection) }
                    return try await connection.withConnectionThread { try await Self.echoes(caller, connection) }
                }
            }
            for try await allRight in group { #expect(allRight) }
        }
    }

    private static func echoes(_ caller: Int, _ connection: RedisConnection) async throws -> Bool {
        for turn in 0..<50 {
            let word = "\(caller) \(turn)"
            guard try await connection.send("ECHO", word).text == word else { return false }
        }
        return true
    }

    @Test("the commands of one round are sent together, also if they exceed the socket's buffer")
    func largeCommands_areSentTogether() async throws {
        let connection = try await connect()
        let sample = [UInt8](repeating: 7, count: 1_000_000)
        try await connection.withConnectionThread {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await connection.send([Array("ECHO".utf8), sample]) == .bytes(sample) }
                }
                for try await isWhole in group { #expect(isWhole) }
            }
        }
    }

    @Test("a task that waits for another connection does not block the thread")
    func waitingTask_doesNotBlockTheThread() async throws {
        let connection = try await connect()
        let other = try await connect()
        let list = "\(prefix):list"
        async let element = connection.withConnectionThread { try await other.send("BLPOP", list, "20") }
        #expect(try await connection.send("PING") == .status("PONG"))
        _ = try await connection.send("RPUSH", list, "x")
        #expect(try await element.elements?.last?.text == "x")
    }

    @Test("a task that is cancelled on the thread ends at once, and may still send commands")
    func cancelledTask_maySendCommands() async throws {
        let connection = try await connect()
        let (started, start) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await connection.withConnectionThread {
                start.finish()
                do {
                    try await Task.sleep(for: .seconds(60))
                } catch is CancellationError {
                    return try await connection.send("ECHO", "last words").text
                }
                return nil
            }
        }
        for await _ in started {}
        task.cancel()
        #expect(try await task.value == "last words")
    }

    @Test("a task whose connection breaks gets an error, continues, and uses the next connection")
    func lostConnection_isReplaced() async throws {
        let connection = try await connect()
        let other = try await connect()
        let identity = try #require(try await connection.send("CLIENT", "ID").number)
        let list = "\(prefix):never"
        async let answers = connection.withConnectionThread {
            let lost = await #expect(throws: RedisError.self) { try await connection.send("BLPOP", list, "20") }
            return (lost?.code, try await connection.send("CLIENT", "ID").number)
        }
        try await eventually("the client blocks") {
            try await other.send("CLIENT", "LIST", "ID", "\(identity)").text?.contains("cmd=blpop") == true
        }
        _ = try await other.send("CLIENT", "KILL", "ID", "\(identity)")
        let (code, nextIdentity) = try await answers
        #expect(code == .closed)
        #expect(try #require(nextIdentity) != identity)
    }

    @Test("tasks continue to run on the thread while there is no server")
    func missingServer_doesNotStopTasks() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let server = PrivateRedis(folder: folder.path)
        let running = Task { try await server.run() }
        try await server.waitUntilReady()
        let connection = try await RedisConnection.connect(
            to: RedisConfiguration(url: server.url), logger: Logger.silent)
        running.cancel()
        _ = await running.result
        let code = await connection.withConnectionThread {
            let thread = pthread_self()
            for _ in 0..<20 {
                try? await Task.sleep(for: .milliseconds(5))
                #expect(pthread_self() == thread)
            }
            let error = await #expect(throws: RedisError.self) {
                try await connection.send(RedisCommand("PING"), limit: .milliseconds(50))
            }
            return error?.code
        }
        // On a slow machine the time limit may pass before the first attempt to reconnect has failed.
        #expect(code == .connectionRefused || code == .timeout)
    }

    @Test("closing the connection from a task on the thread fails its calls, and the task runs to its end")
    func closingFromInside_failsCalls() async throws {
        let connection = try await connect()
        let code = try await connection.withConnectionThread {
            #expect(try await connection.send("PING") == .status("PONG"))
            connection.close()
            let error = await #expect(throws: RedisError.self) { try await connection.send("PING") }
            await Task.yield()
            try await Task.sleep(for: .milliseconds(1))
            return error?.code
        }
        #expect(code == .closed)
        // There is no such thread any more, but the body runs nevertheless.
        let isClosed = await connection.withConnectionThread { connection.isClosed }
        #expect(isClosed)
    }

    @Test("the thread outlives the last reference while a task runs on it")
    func thread_outlivesTheLastReference() async throws {
        let answer = try await connect().withConnectionThread {
            try await Task.sleep(for: .milliseconds(1))
            return 42
        }
        #expect(answer == 42)
    }
}
