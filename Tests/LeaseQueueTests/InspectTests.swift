import LeaseQueue
import LocalStack
import RedisClient
import TestSupport
import Testing

@Suite("Looking at jobs and dropping them", .timeLimit(.minutes(3)))
struct JobsTests {
    @Test("the state of a job is reported in every place")
    func states_reportEveryPlace() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(
            "worker", queues: [QueueConfiguration(name: "main", maximumAttempts: 1)])
        _ = try await queues.enqueue([Job("dead", priority: 9), Job("held", priority: 9)], to: "main")
        let leases = try await queues.lease(2, from: "main", leaseTime: .seconds(600)).leases
        _ = try await queues.finish([.fail(leases[0], error: "no")], in: "main")
        _ = try await queues.enqueue([Job("ready", priority: 3), Job("later", delay: .seconds(60))], to: "main")
        let states = try await queues.states(of: ["ready", "later", "held", "dead", "nowhere"], in: "main")
        #expect(states[0] == .ready(priority: 3))
        #expect(states[3] == .dead)
        #expect(states[4] == nil)
        guard case .delayed(let due) = states[1], case .leased("worker", let token, let age, let left, "") = states[2]
        else {
            Issue.record("\(states)")
            return
        }
        #expect(due > .seconds(30))
        #expect(due <= .seconds(60))
        #expect(token == leases[1].token)
        #expect(age >= .zero)
        #expect(left > .seconds(500))
        #expect(left <= .seconds(600))
        #expect(try await queues.states(of: [], in: "main").isEmpty)
        let many = (0..<2500).map { "job \($0)" }
        #expect(try await queues.states(of: many + ["ready"], in: "main").last == .ready(priority: 3))
    }

    @Test("the position of a ready job counts the jobs that are leased before it, up to a limit")
    func position_countsJobsAhead() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue(
            [Job("a"), Job("b"), Job("first", priority: 9), Job("last", priority: 0)], to: "main")
        #expect(try await queues.position(of: "first", in: "main") == 0)
        #expect(try await queues.position(of: "b", in: "main") == 2)
        #expect(try await queues.position(of: "last", in: "main") == 3)
        #expect(try await queues.position(of: "none", in: "main") == nil)
        _ = try await queues.lease(1, from: "main")
        #expect(try await queues.position(of: "first", in: "main") == nil)
        _ = try await queues.enqueue((0...LeaseQueues.maxPositionLookup).map { Job("\($0)", priority: 8) }, to: "main")
        let bound = LeaseQueues.maxPositionLookup
        #expect(try await queues.position(of: "\(bound - 1)", in: "main") == bound - 1)
        #expect(try await queues.position(of: "\(bound)", in: "main") == nil)
    }

    @Test("pages of ids have every job that stays, while others are added")
    func pagesOfIDs_haveEveryStayingJob() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let staying = Set((0..<3000).map { "staying \($0)" })
        _ = try await queues.enqueue(staying.map { Job($0) }, to: "main")
        var seen: Set<String> = []
        var cursor: JobIDPage.Cursor?
        var turn = 0
        repeat {
            let page = try await queues.jobIDs(in: "main", after: cursor, limit: 100)
            seen.formUnion(page.ids)
            cursor = page.next
            // Enough jobs for the server to enlarge its table in between.
            _ = try await queues.enqueue((0..<200).map { Job("passing \(turn) \($0)") }, to: "main")
            turn += 1
        } while cursor != nil
        #expect(turn > 10)
        #expect(seen.isSuperset(of: staying))
        #expect(try await queues.jobIDs(in: "next") == JobIDPage(ids: [], next: nil))
    }

    @Test("dropping removes ready, delayed and dead jobs with their histories, and keeps leased ones")
    func drop_keepsLeasedJobs() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: [QueueConfiguration(name: "main", maximumAttempts: 1)])
        _ = try await queues.enqueue([Job("dead", priority: 9), Job("held", priority: 9)], to: "main")
        let leases = try await queues.lease(2, from: "main").leases
        _ = try await queues.finish([.fail(leases[0], error: "no")], in: "main")
        _ = try await queues.enqueue([Job("a"), Job("b", priority: 0), Job("later", delay: .seconds(60))], to: "main")
        #expect(try await queues.drop(ids: ["a", "later", "dead", "held", "nowhere", "a"], from: "main") == 3)
        let state = try await fixture.state()
        #expect(state.ready == [0: ["b"]])
        #expect(state.leased == ["held"])
        #expect(state.jobs == ["b", "held"])
        #expect(state.histories.isEmpty)
        #expect(state.contradictions == [])
        #expect(try await queues.finish([.complete(leases[1])], in: "main").results == [.done])
        #expect(try await queues.enqueue([Job("a"), Job("dead")], to: "main") == [true, true])
    }
}

@Suite("Reports", .timeLimit(.minutes(3)))
struct ReportTests {
    @Test("a report has the events, the consumers and the age of the oldest job")
    func report_countsEvents() async throws {
        let fixture = try await QueueFixture()
        let configurations = [
            QueueConfiguration(name: "main", maximumAttempts: 1, deadLetterNotice: "next"),
            QueueConfiguration(name: "next"),
        ]
        let queues = try await fixture.consumer("first", queues: configurations)
        let second = try await fixture.consumer("second", queues: configurations)
        #expect(try await queues.report(of: "main").lastMinute == QueueRates())
        #expect(try await queues.report(of: "main").oldestReadyAge == nil)
        _ = try await queues.enqueue((0..<10).map { Job("\($0)") }, to: "main")
        let leases = try await queues.lease(4, from: "main").leases
        let forwards = (0..<3).map { Forward(queue: "next", job: Job("x \($0)")) }
        _ = try await second.finish(
            [.complete(leases[0], forward: forwards), .fail(leases[1], error: "no"), .release(leases[2])], in: "main")
        try await fixture.expireLeases("3")
        try await queues.setBudget(7, for: "main")
        _ = try await queues.lease(0, from: "main")

        let report = try await queues.report(of: "main")
        #expect(report.counts == QueueCounts(ready: 8, dead: 1))
        #expect(report.control == .run)
        #expect(report.budget == 7)
        for rates in [report.lastMinute, report.lastHour] {
            #expect(rates.enqueued == 10)
            #expect(rates.leased == 4)
            #expect(rates.completed == 1)
            #expect(rates.failed == 1)
            #expect(rates.released == 1)
            #expect(rates.crashed == 1)
            #expect(rates.dead == 1)
        }
        #expect(Set(report.consumers.map(\.name)) == ["first", "second"])
        #expect(try #require(report.oldestReadyAge) < .seconds(100))
        let next = try await queues.report(of: "next")
        #expect(next.lastHour.enqueued == 4)
        #expect(next.lastHour.leased == 0)
        #expect(next.counts.ready == 4)
    }

    @Test("events older than a minute count for the hour only, and later for neither")
    func rates_coverMinuteAndHour() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        // Moves all counts into the past, as if time had passed.
        func age(by seconds: Int) async throws {
            let script = """
                local function older(packed)
                    return #packed == 47 and packed ~= string.rep('\\0', 47)
                        and struct.pack('>I5', (struct.unpack('>I5', packed)) - ARGV[1]) .. string.sub(packed, 6) or packed
                end
                local old, new = redis.call('GET', KEYS[2]), {}
                for slot = 0, 119 do
                    local packed = string.sub(old, slot * 47 + 1, slot * 47 + 47)
                    if #packed == 47 and struct.unpack('>I5', packed) > 0 then
                        local second = struct.unpack('>I5', packed) - ARGV[1]
                        local to = slot < 60 and second % 60 or 60 + math.floor(second / 60) % 60
                        new[to] = older(packed)
                    end
                end
                redis.call('DEL', KEYS[2])
                for to, packed in pairs(new) do redis.call('SETRANGE', KEYS[2], to * 47, packed) end
                redis.call('HSET', KEYS[1], 'totals:main', older(redis.call('HGET', KEYS[1], 'totals:main')))
                """
            let prefix = "{\(fixture.namespace)}:"
            _ = try await fixture.redis.send(
                "EVAL", script, "2", prefix + "control", prefix + "main:rates", "\(seconds)")
        }
        try await age(by: 61)
        #expect(try await queues.report(of: "main").lastMinute == QueueRates())
        #expect(try await queues.report(of: "main").lastHour.enqueued == 2)
        _ = try await queues.enqueue([Job("c")], to: "main")
        #expect(try await queues.report(of: "main").lastMinute.enqueued == 1)
        #expect(try await queues.report(of: "main").lastHour.enqueued == 3)
        try await age(by: 3540)
        #expect(try await queues.report(of: "main").lastHour.enqueued == 1)
        try await age(by: 3600)
        #expect(try await queues.report(of: "main").lastHour == QueueRates())
    }

    @Test("the number of known consumers is bounded, and the last active ones come first")
    func consumers_areBounded() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer("newest")
        let key = "{\(fixture.namespace)}:main:consumers"
        var command = RedisCommand("ZADD", key)
        for number in 0..<1200 {
            command.append(number)
            command.append("old \(number)")
        }
        _ = try await fixture.redis.send(command)
        _ = try await queues.lease(0, from: "main")
        #expect(try await fixture.redis.send("ZCARD", key) == .integer(1000))
        let consumers = try await queues.report(of: "main").consumers
        #expect(consumers.count == 100)
        #expect(consumers[0].name == "newest")
        #expect(consumers[1].name == "old 1199")
        #expect(consumers[0].lastSeen < .seconds(100))
    }

    @Test("leases are read in pages")
    func heldLeases_comeInPages() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue((0..<25).map { Job("\($0)") }, to: "main")
        _ = try await queues.lease(25, from: "main")
        var ids: [String] = []
        for offset in stride(from: 0, to: 30, by: 10) {
            ids += try await queues.heldLeases(in: "main", offset: offset, limit: 10).map(\.id)
        }
        #expect(ids.count == 25)
        #expect(Set(ids).count == 25)
    }
}

@Suite("Purging", .timeLimit(.minutes(3)))
struct PurgeTests {
    @Test("a purge with its token removes every job, and makes leases stale")
    func purge_removesEveryJob() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: [QueueConfiguration(name: "main", maximumAttempts: 1)])
        _ = try await queues.enqueue((0..<10).map { Job("\($0)", priority: $0) }, to: "main")
        _ = try await queues.enqueue([Job("later", delay: .seconds(60))], to: "main")
        let leases = try await queues.lease(2, from: "main").leases
        _ = try await queues.finish([.fail(leases[0], error: "no")], in: "main")
        let counts = QueueCounts(ready: 8, delayed: 1, leased: 1, dead: 1)
        let confirmation = try await queues.preparePurge(of: "main")
        #expect(confirmation.counts == counts)
        #expect(confirmation.token.hasPrefix("main-8-1-1-1-"))
        #expect(try await queues.counts()["main"] == counts)
        #expect(try await queues.purge("main", token: confirmation.token) == counts)
        #expect(try await fixture.state() == QueueState())
        #expect(try await queues.finish([.complete(leases[1])], in: "main").results == [.stale])
        #expect(try await queues.enqueue([Job("0")], to: "main") == [true])
    }

    @Test("a token is valid once, for its queue, and for no more jobs than it names")
    func purgeToken_isValidOnce() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a")], to: "main")
        let old = try await queues.preparePurge(of: "main").token
        let token = try await queues.preparePurge(of: "main").token
        let other = try await queues.preparePurge(of: "next").token
        for wrong in ["", "main-1-0-0-0-x", old, other, token + "x"] {
            let error = await #expect(throws: LeaseQueueError.self) { try await queues.purge("main", token: wrong) }
            #expect(error?.code == .notConfirmed)
        }
        _ = try await queues.enqueue([Job("b")], to: "main")
        let error = await #expect(throws: LeaseQueueError.self) { try await queues.purge("main", token: token) }
        #expect(error?.code == .notConfirmed)
        #expect(error?.message.contains("(2)") == true)
        #expect(try await queues.drop(ids: ["b"], from: "main") == 1)
        #expect(try await queues.purge("main", token: token) == QueueCounts(ready: 1))
        await #expect(throws: LeaseQueueError.self) { try await queues.purge("main", token: token) }
    }

    @Test("the server's memory and its limit are reported")
    func memory_isThatOfTheServer() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer()
            _ = try await fixture.redis.send("CONFIG", "SET", "maxmemory", "0")
            let unlimited = try await queues.memory()
            #expect(unlimited.limit == nil)
            #expect(unlimited.share == 0)
            _ = try await fixture.redis.send("CONFIG", "SET", "maxmemory", "\(64 << 20)")
            let memory = try await queues.memory()
            #expect(memory.limit == 64 << 20)
            #expect(memory.used > 100_000)
            #expect(memory.share == Double(memory.used) / Double(64 << 20))
        }
    }

    @Test("all queues are paused, and resumed, in one step")
    func setControl_appliesToAllQueues() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        try await queues.setControl(.pause)
        for queue in queues.queues { #expect(try await queues.control(of: queue) == .pause) }
        try await queues.setControl(.run)
        for queue in queues.queues { #expect(try await queues.control(of: queue) == .run) }
    }
}
