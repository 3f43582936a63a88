import Foundation
import RedisClient

/// What is measured once: the memory of a job, and a consumer that has nothing to do.
struct Surroundings: Codable {
    /// Bytes of the server's memory for a job with an id of 32 bytes and a payload of 100.
    var bytesPerJob: Double
    /// Of how many jobs that is the mean.
    var jobs: Int
    /// Resident memory of an idle consumer's process, in megabytes.
    var idleMegabytes: Double
    /// Commands that an idle consumer sends in a second.
    var idleCommands: Double
    /// The 1-minute load average at the end.
    var load = 0.0

    static func idleConsumer(
        _ clients: Clients, _ server: RedisConnection, seconds: Int
    ) async throws -> (megabytes: Double, commands: Double) {
        let child = try clients.library("idle", .empty, consumer: "idle", batch: 1, jobs: 1)
        defer { child.stop() }
        try await Task.sleep(for: .seconds(1))
        _ = try await server.send("CONFIG", "RESETSTAT")
        try await Task.sleep(for: .seconds(seconds))
        let statistics = try await server.send("INFO", "commandstats").text ?? ""
        // Scripts and blocking waits are all that a consumer sends; what scripts call has lines of its own.
        let calls = statistics.split(whereSeparator: \.isNewline)
            .filter { $0.hasPrefix("cmdstat_evalsha:") || $0.hasPrefix("cmdstat_blpop:") }
            .compactMap { $0.split(separator: "=")[1].split(separator: ",").first.flatMap { Double($0) } }
        let status = try String(contentsOfFile: "/proc/\(child.identifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        let kilobytes = line.split(separator: " ").compactMap { Double($0) }.first ?? 0
        return (kilobytes * 1024 / 1e6, calls.reduce(0, +) / Double(seconds))
    }

    static func usedMemory(_ server: RedisConnection) async throws -> Double {
        let text = try await server.send("INFO", "memory").text ?? ""
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") } ?? ""
        return line.split(separator: ":").last.flatMap { Double($0) } ?? 0
    }

    static func loadAverage() -> Double {
        let text = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
        return text.split(separator: " ").first.flatMap { Double($0) } ?? 0
    }
}
