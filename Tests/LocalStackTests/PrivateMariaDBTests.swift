import Glibc
import SystemPackage
import Testing

@testable import LocalStack

@Suite("A private MariaDB")
struct PrivateMariaDBTests {
    @Test("it is installed, started, stopped in order, and started again on the same data")
    func startedAndStopped() async throws {
        try await withFolder { folder in
            for _ in 0..<2 {
                let server = PrivateMariaDB(folder: folder)
                let running = Task { try await server.run() }
                try await server.waitUntilReady()
                #expect(server.answers())
                #expect(server.processIdentifier != nil)
                running.cancel()
                try await running.value
                #expect(!server.answers())
                #expect(server.processIdentifier == nil)
            }
            let log = try await contents(of: folder.appending("error.log"))
            #expect(log.split(separator: "mariadbd: Shutdown complete", omittingEmptySubsequences: false).count == 3)
        }
    }

    @Test("a second server in the same folder is refused while the first one runs")
    func folderInUse() async throws {
        try await withFolder { folder in
            let first = PrivateMariaDB(folder: folder)
            let running = Task { try await first.run() }
            try await first.waitUntilReady()
            let second = PrivateMariaDB(folder: folder)
            let error = await #expect(throws: PrivateServerError.self) { try await second.run() }
            #expect(error?.code == .folderInUse)
            #expect(first.answers())
            running.cancel()
            try await running.value
        }
    }

    @Test("a server that does not come up is reported with the end of its log, to everybody who waits")
    func doesNotComeUp() async throws {
        try await withFolder { folder in
            let server = PrivateMariaDB(folder: folder, options: ["--no-such-option-at-all"])
            let waiting = Task { try await server.waitUntilReady() }
            let error = await #expect(throws: PrivateServerError.self) { try await server.run() }
            #expect(error?.code == .ended)
            #expect(error?.message.contains("no-such-option-at-all") == true, "\(error?.message ?? "")")
            await #expect(throws: PrivateServerError.self) { try await waiting.value }
        }
    }

    @Test("a server that is killed is reported, and starts again with what it had")
    func killed() async throws {
        try await withFolder { folder in
            let server = PrivateMariaDB(folder: folder)
            let running = Task { try await server.run() }
            try await server.waitUntilReady()
            kill(try #require(server.processIdentifier), SIGKILL)
            let error = await #expect(throws: PrivateServerError.self) { try await running.value }
            #expect(error?.message.contains("9") == true)
            let again = Task { try await server.run() }
            while !server.answers() { try await Task.sleep(for: .milliseconds(5)) }
            again.cancel()
            try await again.value
        }
    }

    @Test("a folder with a long path works, its socket lies elsewhere")
    func longPath() async throws {
        try await withFolder { folder in
            let long = folder.appending(String(repeating: "long", count: 30)).appending("mariadb")
            let server = PrivateMariaDB(folder: long)
            #expect(server.socket.string.utf8.count < 107)
            let running = Task { try await server.run() }
            try await server.waitUntilReady()
            running.cancel()
            try await running.value
            rmdir(SocketFolder.path(for: long).string)
        }
    }

    private func withFolder(_ body: (FilePath) async throws -> Void) async throws {
        let folder = try ScratchFolder()
        try await body(folder.path)
    }
}
