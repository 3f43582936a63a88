import FoundationEssentials
import Glibc
import LeaseQueue
import LocalStack
import Logging
import RedisClient
import RunLedger
import SystemPackage
import TestSupport
import Testing

/// The limits of the users of Redis and MariaDB; `InjectedWorkerTests` tests what they may do.
@Suite(.enabled(if: Kustomize.isAvailable, "\(Kustomize.absence)"))
struct ServerUserTests {
    private func connection(_ cluster: ClusterFixture, as user: String, password: String? = nil) async throws
        -> RedisConnection
    {
        var configuration = try RedisConfiguration(url: "redis://\(user)@127.0.0.1:\(cluster.redisPort)/0")
        configuration.password = password ?? cluster.secrets.values["redis-passwords"]?[user]
        return try await RedisConnection.connect(to: configuration, logger: .silent)
    }

    @Test("each user of Redis and MariaDB has only the permissions for its work", .timeLimit(.minutes(1)))
    func users_haveOnlyTheirPermissions() async throws {
        try await ClusterFixture.with { cluster in
            try await redis(cluster)
            try await mariaDB(cluster)
        }
    }

    @Test(
        "Redis keeps all that scripts wrote when it is killed and loads its append-only file", .timeLimit(.minutes(2)))
    func restartedRedis_keepsWritesOfScripts() async throws {
        try await ClusterFixture.with { cluster in
            var configuration = try RedisConfiguration(url: "redis://atmos@127.0.0.1:\(cluster.redisPort)/0")
            configuration.password = cluster.secrets.values["redis-passwords"]?["atmos"]
            let queues = try await LeaseQueues.connect(
                to: configuration, namespace: "atmos:restart",
                queues: [QueueConfiguration(name: "main", leaseTime: .seconds(600)), QueueConfiguration(name: "next")],
                consumer: "test", retryTimeout: .seconds(60), logger: .silent)
            let jobs = (0..<200).map { Job(id: "job-\($0)", payload: Array("payload".utf8)) }
            _ = try await queues.enqueue(jobs, to: "main")
            let leases = try await queues.lease(50, from: "main").leases
            let forwarded = leases.prefix(20).map { lease in
                Outcome.complete(lease, forward: [Forward(queue: "next", job: Job(id: lease.id, payload: []))])
            }
            _ = try await queues.finish(forwarded, in: "main")
            let before = try await queues.counts()
            #expect(before["main"] == QueueCounts(ready: 150, leased: 30))
            #expect(before["next"] == QueueCounts(ready: 20))

            for _ in 0..<2 {
                let process = try #require(cluster.redis.processIdentifier)
                #expect(kill(process, SIGKILL) == 0)
                try await eventually("Redis runs again") {
                    cluster.redis.processIdentifier.map { $0 != process } ?? false
                }
                #expect(try await queues.counts() == before)
                #expect(try await queues.check("main", repair: false).isClean)
            }
            // A lease from before the restarts is still valid.
            let late = try await queues.finish([.complete(leases[49], forward: [])], in: "main")
            #expect(late.results == [.done])
            await queues.close()
        }
    }

    @Test("the roles' user may use every command of the queue's scripts")
    func rolesUser_mayUseCommandsOfScripts() async throws {
        let folder = Kustomize.root.pushing("Sources/LeaseQueue/Scripts").string
        var commands: Set<String> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            for match in text.matches(of: /call\(\s*'([A-Za-z]+)'/) { commands.insert(match.1.lowercased()) }
        }
        #expect(commands.contains("rpush"))
        let script = Kustomize.root.pushing("k8s/base/redis/make-users.sh").string
        let users = try String(contentsOfFile: script, encoding: .utf8)
        let allowed = Set(users.matches(of: /\+([a-z]+)/).map { String($0.1) })
        #expect(commands.subtracting(allowed) == [])
    }

    private func redis(_ cluster: ClusterFixture) async throws {
        let role = try await connection(cluster, as: "atmos")
        #expect(await !refused(role, ["RPUSH", "{atmos:x}:main:ready:5", "a", "b"]))
        for command in [
            ["CONFIG", "GET", "*"], ["FLUSHALL"], ["KEYS", "*"], ["ACL", "LIST"], ["SHUTDOWN"], ["MONITOR"],
            ["SAVE"], ["REPLICAOF", "NO", "ONE"], ["EVAL", "return 1", "0"], ["GET", "elsewhere"],
        ] {
            #expect(await refused(role, command), "a role may \(command)")
        }
        let probe = try await connection(cluster, as: "probe", password: "none")
        #expect(await refused(probe, ["LLEN", "{atmos:x}:main:ready:5"]))
        for connection in [role, probe] { connection.close() }
        await #expect(throws: RedisError.self) { try await self.connection(cluster, as: "atmos", password: "wrong") }
        await #expect(throws: RedisError.self) { try await self.connection(cluster, as: "default", password: "") }
    }

    private func refused(_ connection: RedisConnection, _ words: [String]) async -> Bool {
        var call = RedisCommand()
        for word in words { call.append(word) }
        do {
            _ = try await connection.send(call)
            return false
        } catch {
            // The server's messages for a command, for a key, and for a command within a script.
            return ["NOPERM", "permission", "can't run this command"].contains { "\(error)".contains($0) }
        }
    }

    private func mariaDB(_ cluster: ClusterFixture) async throws {
        let definition = try await cluster.run("migrate", of: "Deployment/atmos-sql-client")
        #expect(definition.errors.contains("error") == false, "\(definition)")
        let allowed = [
            "atmos": ["SELECT COUNT(*) FROM habitable_zone", "UPDATE habitable_zone SET error = NULL"],
            "atmos_reader": ["SELECT COUNT(*) FROM habitable_zone"],
        ]
        let refused = [
            "atmos": [
                "DELETE FROM habitable_zone", "DROP TABLE habitable_zone", "CREATE TABLE t (a INT)",
                "ALTER TABLE habitable_zone ADD COLUMN a INT", "SELECT * FROM mysql.global_priv", "CREATE USER x",
                "GRANT ALL ON *.* TO x", "SELECT 1 INTO OUTFILE '/tmp/x'",
            ],
            "atmos_reader": ["UPDATE habitable_zone SET error = NULL", "DELETE FROM habitable_zone"],
            "atmos_migrations": ["CREATE DATABASE other", "SELECT * FROM mysql.global_priv", "CREATE USER x"],
        ]
        // The starter sets a budget as the roles' user, also in place of an earlier one.
        let ledger = try await RunLedger.connect(
            LedgerConfiguration(url: cluster.ledgerURL(as: "atmos")), logger: .silent)
        for seconds in [60, 30] {
            try await ledger.setBudget(RunBudget(coreTime: .seconds(seconds), tolerance: 2), of: "habitable_zone")
            #expect(try await ledger.budget(of: "habitable_zone")?.coreTime == .seconds(seconds))
        }
        await ledger.close()
        for (user, statements) in allowed {
            for statement in statements { #expect(await cluster.execute(statement, as: user), "\(user): \(statement)") }
        }
        for (user, statements) in refused {
            for statement in statements {
                #expect(await !cluster.execute(statement, as: user), "\(user): \(statement)")
            }
        }
    }
}
