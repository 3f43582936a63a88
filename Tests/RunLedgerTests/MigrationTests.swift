import Support
import TestSupport
import Testing

@testable import RunLedger

@Suite("Migrations")
struct MigrationTests {
    @Test("an empty database is migrated once")
    func emptyDatabase_isMigratedOnce() async throws {
        let ledger = try await LedgerFixture.connect(TestMariaDB.shared().makeDatabase())
        #expect(try await ledger.migrate() == Migration.newest)
        let first = try await ledger.query("SELECT * FROM ledger_migrations ORDER BY version")
        #expect(first.rows.map { $0[0].integerValue } == Migration.all.map { Int64($0.version) })
        #expect(try await ledger.migrate() == Migration.newest)
        let second = try await ledger.query("SELECT * FROM ledger_migrations ORDER BY version")
        #expect(first == second)
    }

    @Test("many programs may migrate at once")
    func concurrentMigrations_succeed() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await LedgerFixture.connect(url).migrate() } }
            for try await version in group { #expect(version == Migration.newest) }
        }
        let ledger = try await LedgerFixture.connect(url)
        let applied = try await ledger.query("SELECT COUNT(*) FROM ledger_migrations")
        #expect(applied.rows[0][0].integerValue == Int64(Migration.all.count))
    }

    @Test("an older schema gets the missing steps and keeps its rows")
    func olderSchema_isUpgraded() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        let configuration = try LedgerConfiguration(url: url)
        let connection = try MariaDBConnection(configuration)
        let migrator = Migrator(connection: connection, configuration: configuration)
        #expect(try migrator.migrate(Array(Migration.all.prefix(1))) == 1)
        try connection.execute(
            """
            INSERT INTO explorations VALUES
            (1, 'test-earth', 'test_earth', 'abc123', 'name: test-earth', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
            """)
        let ledger = try await LedgerFixture.connect(url)
        #expect(try await ledger.migrate() == Migration.newest)
        #expect(try await ledger.registered().map(\.digest) == ["abc123"])
        #expect(try await ledger.definitions(of: "test-earth").map(\.definition) == ["name: test-earth"])
    }

    @Test("a ledger of schema version 2 is migrated with its rows and can be used")
    func version2Ledger_isUpgradedWithRows() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        let connection = try MariaDBConnection(LedgerConfiguration(url: url))
        for statement in schemaVersion2.split(separator: ";\n") {
            try connection.execute(SQL(unchecked: String(statement)))
        }
        let ledger = try await LedgerFixture.connect(url)
        #expect(try await ledger.migrate() == Migration.newest)
        let schema = try #require(try await ledger.registered().first?.schema)
        #expect(schema.name == "old-plane")
        #expect(try await ledger.definitions(of: schema.name).map(\.digest) == [schema.digest])
        #expect(schema.parameters.map(\.name) == ["x", "y"])
        #expect(try await ledger.progress(of: "old_plane") == LedgerProgress(error: 1, stable: 1, unstable: 1))
        let hash = try #require(try await ledger.points(in: "old_plane", state: .error, limit: 2).first?.hash)
        let failed = try #require(try await ledger.run(hash, in: "old_plane"))
        #expect(failed.code == "0,2")
        #expect(failed.error == "it's gone; --")
        var attempt = try #require(try await ledger.attempts(of: failed.hash, in: "old_plane").first)
        #expect(attempt.logTail == "line 1\nline 2")
        #expect(attempt.peakMemory == 4096)
        #expect(attempt.explorationDigest == nil)
        #expect(attempt.softwareVersion == nil)
        #expect(attempt.pod == nil)

        // The current program retries the point.
        try await ledger.register(schema)
        let keys = try await ledger.query("SHOW KEYS FROM old_plane WHERE Key_name = 'by_code'")
        #expect(keys.rows.isEmpty, "the retired index is dropped")
        var run = Sample.running(1, token: failed.token + 1, attempt: 2)
        run.hash = failed.hash
        _ = try await ledger.recordCompleted(
            [.init(attempt: run, endedAt: run.startedAt, verdict: .stable, outputs: [2], logTail: "done")],
            in: "old_plane")
        attempt = try #require(try await ledger.attempts(of: failed.hash, in: "old_plane").last)
        #expect(attempt.explorationDigest == run.explorationDigest)
        #expect(attempt.logTail == "done")
        #expect(try await ledger.progress(of: "old_plane") == LedgerProgress(stable: 2, unstable: 1))
    }

    @Test("a step that was interrupted before it was recorded is repeated")
    func interruptedStep_isRepeated() async throws {
        let fixture = try await LedgerFixture()
        let connection = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        for migration in Migration.all.reversed() {
            try connection.execute("DELETE FROM ledger_migrations WHERE version >= \(migration.version)")
            #expect(try await fixture.ledger.migrate() == Migration.newest)
        }
        let applied = try await fixture.ledger.query("SELECT COUNT(*) FROM ledger_migrations")
        #expect(applied.rows[0][0].integerValue == Int64(Migration.all.count))
    }

    @Test("a newer schema is refused, naming both versions, and stays unchanged")
    func newerSchema_isRefused() async throws {
        let fixture = try await LedgerFixture()
        let connection = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        try connection.execute("INSERT INTO ledger_migrations VALUES (999, 'future', UTC_TIMESTAMP(6))")
        let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.migrate() }
        #expect(error?.code == .schemaTooNew)
        #expect(error?.message.contains("version 999") == true)
        #expect(error?.message.contains("version \(Migration.newest)") == true)
        let checked = await #expect(throws: LedgerError.self) { try await fixture.ledger.checkSchema() }
        #expect(checked?.message == error?.message)
        try connection.execute("DELETE FROM ledger_migrations WHERE version > 2")
        let older = await #expect(throws: LedgerError.self) { try await fixture.ledger.checkSchema() }
        #expect(older?.code == .notMigrated)
        #expect(older?.message.contains("version 2") == true, "\(older?.message ?? "")")
    }

    @Test("a database without a ledger is distinguished from one without the exploration")
    func missingLedger_isDistinguished() async throws {
        let ledger = try await LedgerFixture.connect(TestMariaDB.shared().makeDatabase())
        let before = await #expect(throws: LedgerError.self) { try await ledger.progress(of: "test_earth") }
        #expect(before?.code == .notMigrated)
        try await ledger.migrate()
        let after = await #expect(throws: LedgerError.self) { try await ledger.progress(of: "test_earth") }
        #expect(after?.code == .unknownExploration)
    }
}

/// A dump of a ledger of schema version 2, written by the program of that time: an exploration with a point of each
/// verdict and one that failed.
let schemaVersion2 = #"""
    CREATE TABLE `explorations` (
      `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
      `name` varchar(64) NOT NULL COMMENT 'the name people use',
      `table_name` varchar(64) NOT NULL COMMENT 'the table of its runs',
      `digest` varchar(128) NOT NULL COMMENT 'of the definition',
      `definition` mediumtext NOT NULL COMMENT 'the text that defines it, as registered last',
      `created_at` datetime(6) NOT NULL COMMENT 'UTC',
      `updated_at` datetime(6) NOT NULL COMMENT 'UTC, when the definition was registered last',
      PRIMARY KEY (`id`),
      UNIQUE KEY `by_name` (`name`),
      UNIQUE KEY `by_table` (`table_name`)
    ) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
    INSERT INTO `explorations` VALUES (1,'old-plane','old_plane',
      'a68c30dd8ea4bbc8fa83ca80bb879bcb9ea7885907a56eb38e1dcfc81ae923e1',
      'name: old-plane\ntitle: O\'Hara\'s \"plane\"\nparameters:\n  - {name: x, kind: scalar, unit: km, start: 0, axis: {step: 1, minimum: -1000, maximum: 1000}}\n  - {name: y, kind: scalar, start: 0, axis: {step: 1, minimum: -1000, maximum: 1000}}\nstrategy: {kind: flood, neighbours: sides, steps: 1}\nmodel:\n  adapter: synthetic\n  region: {centre: {x: 0, y: 0}, radius: {x: 1, y: 1}}\n',
      '2026-11-21 03:19:47.058414','2026-11-21 03:19:47.058414');
    CREATE TABLE `exploration_columns` (
      `exploration_id` int(10) unsigned NOT NULL,
      `role` enum('parameter','output') NOT NULL,
      `position` smallint(5) unsigned NOT NULL COMMENT 'the declared order, from 0',
      `name` varchar(64) NOT NULL,
      `unit` varchar(255) NOT NULL,
      `description` text NOT NULL,
      PRIMARY KEY (`exploration_id`,`role`,`position`),
      CONSTRAINT `columns_of_exploration` FOREIGN KEY (`exploration_id`) REFERENCES `explorations` (`id`) ON DELETE CASCADE
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
    INSERT INTO `exploration_columns` VALUES (1,'parameter',0,'x','km','');
    INSERT INTO `exploration_columns` VALUES (1,'parameter',1,'y','1','');
    INSERT INTO `exploration_columns` VALUES (1,'output',0,'distance','',
      'distance from the region\'s centre in units of its radii');
    CREATE TABLE `attempts` (
      `exploration_id` int(10) unsigned NOT NULL,
      `hash` binary(32) NOT NULL COMMENT 'of the point',
      `token` bigint(20) unsigned NOT NULL COMMENT 'the fencing token of the lease',
      `attempt` int(10) unsigned NOT NULL COMMENT '1 plus the failures before it',
      `state` enum('running','error','completed') NOT NULL,
      `worker` varchar(255) NOT NULL,
      `host` varchar(255) NOT NULL,
      `model` varchar(255) NOT NULL,
      `model_version` varchar(255) NOT NULL,
      `started_at` datetime(6) NOT NULL COMMENT 'UTC',
      `ended_at` datetime(6) DEFAULT NULL COMMENT 'UTC',
      `kind` varchar(64) DEFAULT NULL COMMENT 'of a failure: timeout, signal, exit',
      `message` text DEFAULT NULL,
      `log_tail` mediumtext DEFAULT NULL COMMENT 'the end of the log of a failure',
      `exit_status` varchar(255) DEFAULT NULL,
      `peak_memory` bigint(20) DEFAULT NULL COMMENT 'bytes',
      `artifact` varchar(2048) DEFAULT NULL COMMENT 'where the files that it left are kept',
      PRIMARY KEY (`exploration_id`,`hash`,`token`),
      CONSTRAINT `attempts_of_exploration` FOREIGN KEY (`exploration_id`) REFERENCES `explorations` (`id`)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
    INSERT INTO `attempts` VALUES (1,0x375834CEC31F256263ECC26860499E299C337E0F5736C62E3A6741D070C4C130,
      1795231188150073,1,'completed','worker@node7:4390:9fmmig','node7','synthetic','x=0.0±1.0 y=0.0±1.0',
      '2026-11-21 03:19:48.150377','2026-11-21 03:19:48.151930',NULL,'inside the region',NULL,NULL,NULL,
      'file:///srv/atmos/artifacts/37/58/375834cec31f256263ecc26860499e299c337e0f5736c62e3a6741d070c4c130/');
    INSERT INTO `attempts` VALUES (1,0x49E398ACA94DECDFA6EF521DA21797E1DFBDBBF7A54F15F2AEA3174F706C61D6,
      1795231188168176,1,'completed','worker@node7:4390:9fmmig','node7','synthetic','x=0.0±1.0 y=0.0±1.0',
      '2026-11-21 03:19:48.168428','2026-11-21 03:19:48.169390',NULL,'outside the region',NULL,NULL,NULL,
      'file:///srv/atmos/artifacts/49/e3/49e398aca94decdfa6ef521da21797e1dfbdbbf7a54f15f2aea3174f706c61d6/');
    INSERT INTO `attempts` VALUES (1,0x5B07DA1514B5D531D64934EF165B5A1CC9037C544A592A1F5C9770741B66AF9B,
      1795231188171610,1,'error','worker@node7:4390:9fmmig','node7','synthetic','x=0.0±1.0 y=0.0±1.0',
      '2026-11-21 03:19:48.171767','2026-11-21 03:19:48.171767','exit','it\'s gone; --','line 1\nline 2','exit 3',
      4096,'file:///srv/atmos/artifacts/5b/07/5b07da1514b5d531d64934ef165b5a1cc9037c544a592a1f5c9770741b66af9b/');
    CREATE TABLE `ledger_migrations` (
      `version` int(10) unsigned NOT NULL,
      `name` varchar(255) NOT NULL,
      `applied_at` datetime(6) NOT NULL COMMENT 'UTC',
      PRIMARY KEY (`version`)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
    INSERT INTO `ledger_migrations` VALUES (1,'registry','2026-11-21 03:19:47.051729');
    INSERT INTO `ledger_migrations` VALUES (2,'attempts','2026-11-21 03:19:47.054724');
    CREATE TABLE `old_plane` (
      `hash` binary(32) NOT NULL COMMENT 'SHA-256 of the point',
      `hash_hex` char(64) GENERATED ALWAYS AS (lcase(hex(`hash`))) VIRTUAL COMMENT 'hash, readable',
      `code` varchar(1000) DEFAULT NULL COMMENT 'the parameters in their declared order',
      `x` double DEFAULT NULL COMMENT 'km',
      `y` double DEFAULT NULL COMMENT '1',
      `state` enum('queued','running','error','completed') NOT NULL,
      `verdict` enum('stable','unstable') DEFAULT NULL COMMENT 'of a completed run',
      `distance` double DEFAULT NULL COMMENT 'distance from the region''s centre in units of its radii',
      `queued_at` datetime(6) DEFAULT NULL COMMENT 'UTC',
      `started_at` datetime(6) DEFAULT NULL COMMENT 'UTC, of the latest attempt',
      `ended_at` datetime(6) DEFAULT NULL COMMENT 'UTC, of the latest attempt',
      `run_time` double DEFAULT NULL COMMENT 's, of the latest attempt',
      `attempt_count` int(10) unsigned NOT NULL DEFAULT 0,
      `worker` varchar(255) DEFAULT NULL COMMENT 'of the latest attempt',
      `model` varchar(255) DEFAULT NULL,
      `model_version` varchar(255) DEFAULT NULL,
      `parent` binary(32) DEFAULT NULL COMMENT 'hash of the point that this one was reached from',
      `iterations` bigint(20) DEFAULT NULL,
      `error` text DEFAULT NULL COMMENT 'why the latest attempt failed',
      `message` text DEFAULT NULL COMMENT 'of the model, or why no more attempts are made',
      `artifact` varchar(2048) DEFAULT NULL COMMENT 'where the files of the run are kept',
      `token` bigint(20) unsigned NOT NULL DEFAULT 0 COMMENT 'fencing token of the latest attempt',
      PRIMARY KEY (`hash`),
      KEY `by_state` (`state`,`verdict`),
      KEY `by_code` (`code`(64))
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
    INSERT INTO `old_plane` VALUES (0x375834CEC31F256263ECC26860499E299C337E0F5736C62E3A6741D070C4C130,DEFAULT,
      '-1,0',-1,0,'completed','stable',1,'2026-11-21 03:19:48.149254','2026-11-21 03:19:48.150377',
      '2026-11-21 03:19:48.151930',0.001553,1,'worker@node7:4390:9fmmig','synthetic','x=0.0±1.0 y=0.0±1.0',
      0xA66D8F1E4976AD47D3D5B35C6B027A226CC6BA9051C0B635017592431373815B,NULL,NULL,'inside the region',
      'file:///srv/atmos/artifacts/37/58/375834cec31f256263ecc26860499e299c337e0f5736c62e3a6741d070c4c130/',
      1795231188150073);
    INSERT INTO `old_plane` VALUES (0x49E398ACA94DECDFA6EF521DA21797E1DFBDBBF7A54F15F2AEA3174F706C61D6,DEFAULT,
      '1,1',1,1,'completed','unstable',1.4142135623730951,'2026-11-21 03:19:48.161306','2026-11-21 03:19:48.168428',
      '2026-11-21 03:19:48.169390',0.000962,1,'worker@node7:4390:9fmmig','synthetic','x=0.0±1.0 y=0.0±1.0',
      0xE494496165064908AE3978B4F953AF87DBDFCEC964E1AF09A118C8EB9647638D,NULL,NULL,'outside the region',
      'file:///srv/atmos/artifacts/49/e3/49e398aca94decdfa6ef521da21797e1dfbdbbf7a54f15f2aea3174f706c61d6/',
      1795231188168176);
    INSERT INTO `old_plane` VALUES (0x5B07DA1514B5D531D64934EF165B5A1CC9037C544A592A1F5C9770741B66AF9B,DEFAULT,
      '0,2',0,2,'error',NULL,2,'2026-11-21 03:19:48.166775','2026-11-21 03:19:48.171767',
      '2026-11-21 03:19:48.173023',0.001256,1,'worker@node7:4390:9fmmig','synthetic','x=0.0±1.0 y=0.0±1.0',
      0xC7EABC97C55B3B41084581664CE78FC3F056DD742395A6AC20A3738016D007C2,NULL,'it\'s gone; --','outside the region',
      'file:///srv/atmos/artifacts/5b/07/5b07da1514b5d531d64934ef165b5a1cc9037c544a592a1f5c9770741b66af9b/',
      1795231188171610);
    """#
