import LeaseQueue
import Logging
import RedisClient
import Support
import TestSupport
import Testing

/// A unique namespace on a Redis server, and direct access to its contents.
struct QueueFixture: Sendable {
    let url: String
    let namespace = TestRedis.uniqueNamespace()
    let redis: RedisConnection

    /// Uses the server that all tests share.
    init() async throws {
        try await self.init(url: TestRedis.shared().url)
    }

    init(url: String) async throws {
        self.url = url
        redis = try await RedisConnection.connect(to: RedisConfiguration(url: url), logger: Logger.silent)
    }

    /// Creates a consumer with a separate connection. By default, failed jobs are ready again at once.
    func consumer(
        _ name: String = "a",
        queues: [QueueConfiguration] = [
            QueueConfiguration(name: "main", backoff: Backoff(base: .zero, cap: .zero)),
            QueueConfiguration(name: "next"),
        ],
        retryTimeout: Duration = .seconds(15)
    ) async throws -> LeaseQueues {
        try await LeaseQueues.connect(
            to: RedisConfiguration(url: url), namespace: namespace, queues: queues, consumer: name,
            retryTimeout: retryTimeout,
            logger: Logger.silent)
    }

    /// Returns the exact contents of a queue, read in one atomic step.
    func state(of queue: QueueName = "main") async throws -> QueueState {
        let prefix = "{\(namespace)}:\(queue)"
        let script = """
            local p = KEYS[1]
            local ready = {}
            for i = 0, 9 do ready[i + 1] = redis.call('LRANGE', p .. ':ready:' .. i, 0, -1) end
            return {
                ready, redis.call('ZRANGE', p .. ':delayed', 0, -1), redis.call('ZRANGE', p .. ':leases', 0, -1),
                redis.call('ZRANGE', p .. ':dead', 0, -1), redis.call('HKEYS', p .. ':jobs'),
                redis.call('HKEYS', p .. ':held'), redis.call('HKEYS', p .. ':errors'),
                redis.call('LRANGE', p .. ':wake', 0, -1),
            }
            """
        let reply = try #require(try await redis.send("EVAL", script, "1", prefix).elements)
        func texts(_ value: RedisValue) -> [String] { (value.elements ?? []).compactMap(\.text) }
        var ready: [Int: [String]] = [:]
        for (priority, list) in (reply[0].elements ?? []).enumerated() where list != .array([]) {
            ready[priority] = texts(list)
        }
        return QueueState(
            ready: ready, delayed: Set(texts(reply[1])), leased: Set(texts(reply[2])), dead: Set(texts(reply[3])),
            jobs: Set(texts(reply[4])), held: Set(texts(reply[5])), histories: Set(texts(reply[6])),
            wakes: texts(reply[7]).count)
    }

    /// Expires all leases of a queue and makes its delayed jobs due, as if time had passed; or only those of one job.
    func expireLeases(_ only: String? = nil, in queue: QueueName = "main") async throws {
        for key in ["leases", "delayed"] {
            let name = "{\(namespace)}:\(queue):\(key)"
            for id in try await redis.send("ZRANGE", name, "0", "-1").elements ?? []
            where only == nil || id.text == only {
                _ = try await redis.send("ZADD", name, "XX", "1", id.text ?? "")
            }
        }
    }

    /// Makes every lease of a queue expire after this time on the server.
    func setLeaseTimeLeft(_ time: Duration, in queue: QueueName) async throws {
        let name = "{\(namespace)}:\(queue):leases"
        let now = try #require(try await redis.send("TIME").elements?.first?.number)
        for id in try await redis.send("ZRANGE", name, "0", "-1").elements ?? [] {
            _ = try await redis.send(
                "ZADD", name, "XX", "\((now + Int(time.components.seconds)) * 1000)", id.text ?? "")
        }
    }
}

/// The place of every job of a queue.
struct QueueState: Equatable, Sendable {
    var ready: [Int: [String]] = [:]
    var delayed: Set<String> = []
    var leased: Set<String> = []
    var dead: Set<String> = []
    var jobs: Set<String> = []
    var held: Set<String> = []
    var histories: Set<String> = []
    var wakes = 0

    /// Descriptions of the invariants that are violated.
    var contradictions: [String] {
        var found: [String] = []
        let places = ready.values.flatMap { $0 } + delayed + leased + dead
        if Set(places).count != places.count { found.append("a job is in two places") }
        if Set(places) != jobs { found.append("places \(Set(places)) against records \(jobs)") }
        if held != leased { found.append("holders \(held) against leases \(leased)") }
        if !histories.isSubset(of: jobs) { found.append("a history without its job") }
        if wakes > 1 { found.append("\(wakes) wake-ups") }
        return found
    }
}

extension Job {
    /// Creates a job whose payload is its id.
    init(_ id: String, priority: Int = 5, delay: Duration = .zero) {
        self.init(id: id, payload: Array(id.utf8), priority: priority, delay: delay)
    }
}
