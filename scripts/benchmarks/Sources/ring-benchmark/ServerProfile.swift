import Foundation

/// The time that the two servers spend, by statement and by command.
///
/// Redis counts its commands. It ends with the exploration, so it is asked regularly, and the last answer counts.
/// MariaDB does not count prepared statements by their text, so one connection reads the process list a hundred times a
/// second.
struct ServerProfile: Codable {
    /// Statements of MariaDB, or commands of Redis, of one form.
    struct Entry: Codable {
        let name: String
        /// The number of calls; of statements, the number of times that it was seen.
        var calls: Double
        /// Seconds, including waits for the disk.
        var time: Double
    }

    private(set) var statements: [Entry] = []
    private(set) var commands: [Entry] = []
    /// The time between two reads of MariaDB's process list, in seconds.
    private static let interval = 0.01
    private static let lookMark = "look"

    /// The process that reads MariaDB's process list, and its output.
    private struct Watch {
        let process: Process
        let output: URL
        let start = Date()
    }
    private var watch: Watch?

    private enum CodingKeys: CodingKey { case statements, commands }

    /// Reads the statistics of the servers in an exploration's folder, if they run.
    mutating func look(in folder: String) throws {
        let socket = "\(folder)/mariadb/sockets/mariadb.sock"
        if watch == nil, FileManager.default.fileExists(atPath: socket) { watch = try Self.watch(socket, in: folder) }
        let text = Self.output(of: "redis-cli", ["-s", "\(folder)/redis/sockets/redis.sock", "INFO", "commandstats"])
        let commands = text.split(whereSeparator: \.isNewline).compactMap(Self.command)
        if !commands.isEmpty { self.commands = commands }
    }

    /// Sums up the samples after the servers have ended.
    mutating func finish() throws {
        guard let watch else { return }
        watch.process.waitUntilExit()
        let lines = try String(contentsOf: watch.output, encoding: .utf8).split(whereSeparator: \.isNewline)
        let looks = lines.count { $0 == Self.lookMark }
        guard looks > 0 else { return }
        let oneLook = Date().timeIntervalSince(watch.start) / Double(looks)
        var seen: [String: Entry] = [:]
        for line in lines where line != Self.lookMark {
            let name = line.split(separator: " ").joined(separator: " ")
            seen[name, default: Entry(name: name, calls: 0, time: 0)].calls += 1
            seen[name]?.time += oneLook
        }
        statements = Array(seen.values)
    }

    private static func watch(_ socket: String, in folder: String) throws -> Watch {
        let (input, output) = ("\(folder)/looks.sql", URL(fileURLWithPath: "\(folder)/looks.txt"))
        let look = """
            SELECT '\(lookMark)' UNION ALL SELECT REPLACE(LEFT(info, 120), '\\n', ' ') FROM information_schema.processlist
            WHERE command <> 'Sleep' AND info IS NOT NULL AND id <> CONNECTION_ID(); DO SLEEP(\(interval));

            """
        // Enough for an hour.
        try String(repeating: look, count: Int(3_600 / interval)).write(
            toFile: input, atomically: true, encoding: .utf8)
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["mariadb", "--no-defaults", "--user=root", "--socket=\(socket)", "-BN", "--unbuffered"]
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        return Watch(process: process, output: output)
    }

    /// `cmdstat_evalsha:calls=12,usec=345,…`.
    private static func command(_ line: Substring) -> Entry? {
        guard let colon = line.firstIndex(of: ":"), line.hasPrefix("cmdstat_") else { return nil }
        let fields = line[line.index(after: colon)...].split(separator: ",")
        func number(_ name: String) -> Double? {
            fields.first { $0.hasPrefix("\(name)=") }.flatMap { Double($0.dropFirst(name.count + 1)) }
        }
        guard let calls = number("calls"), let microseconds = number("usec") else { return nil }
        return Entry(name: String(line[..<colon].dropFirst(8)), calls: calls, time: microseconds / 1e6)
    }

    /// The output of a program; empty if it cannot be run.
    private static func output(of program: String, _ arguments: [String]) -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return "" }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}

/// A table of the servers' time, and of the cores that twice as many points a second would need.
struct ProfileTable {
    let report: Report
    let profile: ServerProfile
    /// The number of this machine's cores.
    let cores: Int

    /// The number of rows of each kind.
    private static let maxRows = 8

    var text: String {
        let commands = profile.commands.filter { !Self.isScript($0) }
        return
            (section(
                "MariaDB, by statement, its waiting for the disk included (calls: how often it was seen)",
                profile.statements)
            + section("Redis, by call", profile.commands.filter(Self.isScript))
            + section("Redis, by command within the calls", commands) + ["", bound]).joined(separator: "\n")
    }

    private static func isScript(_ entry: ServerProfile.Entry) -> Bool {
        entry.name.hasPrefix("eval") || entry.name.hasPrefix("fcall") || entry.name.hasPrefix("script")
    }

    private func section(_ title: String, _ entries: [ServerProfile.Entry]) -> [String] {
        let rows = entries.sorted { $0.time > $1.time }.prefix(Self.maxRows).map { entry in
            right(decimal(entry.time / Double(report.points) * 1e6, 1), 9)
                + right(decimal(entry.calls / Double(report.points), 3), 14) + "   " + String(entry.name.prefix(96))
        }
        return ["", title, "  µs/point   calls/point"] + rows
    }

    /// Assumes that every process works on one thread, and MariaDB on one thread for each sql-client.
    private var bound: String {
        let rate = Double(report.points) / report.seconds
        let used = report.roles.values.reduce(0) { $0 + $1.cpuSeconds } / report.seconds
        let alone = report.roles.filter { $0.value.cpuSeconds > 0.02 * report.seconds }.mapValues { role in
            rate * report.seconds * Double(role.processes) / role.cpuSeconds
        }.sorted { $0.value < $1.value }
        let ceilings = alone.map { "\($0.key) \(Int($0.value))" }.joined(separator: ", ")
        let needed = alone.filter { $0.value < 2 * rate }.map { name, ceiling in
            "\(name) (\(decimal(2 * rate / ceiling, 1)) cores)"
        }
        var sentences = [
            "\(decimal(used, 2)) of \(cores) cores were busy"
                + (used > 0.85 * Double(cores)
                    ? ": the CPU is the limit." : ": the limit is a wait, not the CPU."),
            "Points a second that each role could handle with a core for each of its processes: \(ceilings).",
            "Twice as many points a second need \(decimal(2 * used, 1)) cores",
        ]
        sentences[2] +=
            needed.isEmpty
            ? ", and nothing else." : "; more than one core would be needed by \(needed.joined(separator: ", "))."
        return sentences.joined(separator: "\n")
    }
}
