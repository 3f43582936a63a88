import Foundation

/// Where the time of the two servers goes, statement by statement and command by command.
///
/// The servers end with the exploration, so they are asked again and again while it runs, and the last answer counts.
struct ServerProfile: Codable {
    /// Statements of MariaDB, or commands of Redis, of one form.
    struct Entry: Codable {
        let name: String
        let calls: Double
        /// In seconds, waiting for the disk included.
        let time: Double
    }

    private(set) var statements: [Entry] = []
    private(set) var commands: [Entry] = []

    /// What MariaDB is told to count its statements.
    static let options = "--performance-schema=ON --performance-schema-max-digest-length=4096"

    /// Asks the servers of an exploration's folder; what does not answer keeps its last answer.
    mutating func look(in folder: String) {
        let statements = Self.rows(
            "mariadb",
            [
                "--no-defaults", "--user=root", "--socket=\(folder)/mariadb/sockets/mariadb.sock", "-BN",
                "--execute=\(Self.query)",
            ])
        if !statements.isEmpty { self.statements = statements.compactMap(Self.statement) }
        let commands = Self.rows("redis-cli", ["-s", "\(folder)/redis/sockets/redis.sock", "INFO", "commandstats"])
        if !commands.isEmpty { self.commands = commands.compactMap(Self.command) }
    }

    /// A batch of rows is one execution of a prepared statement; ordinary statements are told apart by their digests.
    private static let query = """
        SELECT REPLACE(SQL_TEXT, '\\n', ' '), SUM(COUNT_EXECUTE), SUM(SUM_TIMER_EXECUTE) / 1e12
        FROM performance_schema.prepared_statements_instances GROUP BY 1 UNION ALL
        SELECT DIGEST_TEXT, COUNT_STAR, SUM_TIMER_WAIT / 1e12
        FROM performance_schema.events_statements_summary_by_digest
        WHERE SCHEMA_NAME = 'atmos' AND DIGEST_TEXT IS NOT NULL
        """

    private static func statement(_ row: Substring) -> Entry? {
        let cells = row.split(separator: "\t")
        guard cells.count == 3, let calls = Double(cells[1]), let time = Double(cells[2]) else { return nil }
        return Entry(name: cells[0].split(separator: " ").joined(separator: " "), calls: calls, time: time)
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

    /// The lines that a program prints; none where it fails.
    private static func rows(_ program: String, _ arguments: [String]) -> [Substring] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return [] }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? text.split(whereSeparator: \.isNewline) : []
    }
}
