import LocalStack
import TestSupport
import Testing

@testable import RunLedger

@Suite("A server that falls silent")
struct TimeoutTests {
    /// A database on the shared server, behind a proxy that can withhold everything.
    private struct Scene {
        let proxy: FaultProxy
        let url: String

        init() async throws {
            let direct = try await TestMariaDB.shared().makeDatabase()
            let socket = try #require(try LedgerConfiguration(url: direct).socketPath)
            proxy = try FaultProxy(to: "unix://\(socket)")
            let path = proxy.url.replacing("unix://", with: "")
            url = direct.replacing(#/socket=.*/#, with: "socket=\(path)&connect_timeout=1&read_timeout=1")
        }

        func connect() async throws -> RunLedger {
            var configuration = try LedgerConfiguration(url: url)
            configuration.retryTime = .zero
            return try await RunLedger.connect(configuration, logger: LedgerFixture.quiet)
        }
    }

    @Test("is given up within the time for connecting")
    func connecting() async throws {
        let scene = try await Scene()
        scene.proxy.blackHole(true)
        let error = await #expect(throws: LedgerError.self) { try await scene.connect() }
        #expect(error?.code == .unreachable, "\(error?.message ?? "")")
        #expect(error?.isOutage == true)
    }

    @Test("is given up within the time for an answer, and asked again later")
    func answering() async throws {
        let scene = try await Scene()
        let ledger = try await scene.connect()
        try await ledger.migrate()
        try await ledger.register(LedgerFixture.schema)
        let table = LedgerFixture.table
        #expect(try await ledger.progress(of: table).total == 0)
        scene.proxy.blackHole(true)
        let reading = await #expect(throws: LedgerError.self) { try await ledger.progress(of: table) }
        #expect(reading?.code == .connectionLost, "\(reading?.message ?? "")")
        let writing = await #expect(throws: LedgerError.self) {
            try await ledger.insertQueued([Sample.point(1)], into: table)
        }
        #expect(writing?.isOutage == true, "\(writing?.message ?? "")")
        scene.proxy.blackHole(false)
        _ = try await ledger.insertQueued([Sample.point(1)], into: table)
        #expect(try await ledger.progress(of: table).total == 1)
    }

    @Test("while another writer holds a row is told from one that is lost")
    func waitingForALock() async throws {
        let fixture = try await LedgerFixture()
        let table = LedgerFixture.table
        _ = try await fixture.ledger.insertQueued([Sample.point(1)], into: table)
        let other = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        try other.execute("START TRANSACTION")
        try other.execute("UPDATE test_earth SET message = 'held'")
        var configuration = try LedgerConfiguration(url: "\(fixture.url)&read_timeout=2")
        configuration.retryTime = .zero
        let ledger = try await RunLedger.connect(configuration, logger: LedgerFixture.quiet)
        let error = await #expect(throws: LedgerError.self) {
            try await ledger.recordRunning([Sample.running(1)], in: table)
        }
        #expect(error?.code == .contention, "\(error?.message ?? "")")
        try other.execute("ROLLBACK")
        try await ledger.recordRunning([Sample.running(1)], in: table)
    }
}
