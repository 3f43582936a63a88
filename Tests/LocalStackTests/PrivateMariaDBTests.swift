import FoundationEssentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import LocalStack

@Suite("A private MariaDB")
struct PrivateMariaDBTests {
    @Test("it is installed, started, stopped gracefully, and started again on the same data")
    func cancelled_stopsGracefully() async throws {
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
            let log = try String(contentsOfFile: folder.appending("error.log").string, encoding: .utf8)
            #expect(log.split(separator: "mariadbd: Shutdown complete", omittingEmptySubsequences: false).count == 3)
        }
    }

    @Test("removes what interrupted installations left behind")
    func unfinishedInstallations_areRemoved() async throws {
        try await withFolder { folder in
            // No process has the greatest ID; the second is this process's.
            let leftovers = ["data-2147483647", "data-\(getpid())"].map { folder.appending($0) }
            for leftover in leftovers {
                try FileManager.default.createDirectory(
                    atPath: leftover.appending("mysql").string, withIntermediateDirectories: true)
            }
            let server = PrivateMariaDB(folder: folder)
            let running = Task { try await server.run() }
            try await server.waitUntilReady()
            for leftover in leftovers { #expect(access(leftover.string, F_OK) != 0) }
            running.cancel()
            try await running.value
        }
    }

    @Test("a second server in the same folder is refused while the first one runs")
    func secondServer_isRefused() async throws {
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

    @Test("a server that does not start is reported with the end of its log, also to waiting tasks")
    func failedStart_isReported() async throws {
        try await withFolder { folder in
            let server = PrivateMariaDB(folder: folder, options: ["--no-such-option-at-all"])
            let waiting = Task { try await server.waitUntilReady() }
            let error = await #expect(throws: PrivateServerError.self) { try await server.run() }
            #expect(error?.code == .ended)
            #expect(error?.message.contains("no-such-option-at-all") == true, "\(error?.message ?? "")")
            await #expect(throws: PrivateServerError.self) { try await waiting.value }
        }
    }

    @Test("a killed server is reported, and starts again with its data")
    func killedServer_startsAgain() async throws {
        try await withFolder { folder in
            let server = PrivateMariaDB(folder: folder)
            let running = Task { try await server.run() }
            try await server.waitUntilReady()
            kill(try #require(server.processIdentifier), SIGKILL)
            let error = await #expect(throws: PrivateServerError.self) { try await running.value }
            #expect(error?.message.contains("9") == true)
            let again = Task { try await server.run() }
            try await eventually("the server answers again") { server.answers() }
            again.cancel()
            try await again.value
        }
    }

    @Test("a folder with a long path works with a socket under /tmp")
    func longPath_works() async throws {
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
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try await body(folder.path)
    }
}
