import Foundation

/// The server's command-line client, for statements that the ledger's connections may not execute.
struct Client {
    let socket: String
    let database: String

    struct Failure: Error {
        let message: String
    }

    /// Executes statements on the database and returns their output, a value in each line.
    @discardableResult
    func execute(_ statements: String...) throws -> [Substring] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "mariadb", "--no-defaults", "--user=root", "--socket=\(socket)", "--local-infile=1", "-BN",
            "--execute=\(statements.joined(separator: "; "))", database,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(message: "mariadb failed: \(statements)") }
        return String(decoding: text, as: UTF8.self).split(separator: "\n")
    }

    /// Returns the server's duration of some statements in seconds, without the start of the client.
    func seconds(_ statements: [String]) throws -> Double {
        let clock = "SELECT TIMESTAMPDIFF(MICROSECOND, '2020-01-01', SYSDATE(6))"
        let lines = try execute(([clock] + statements + [clock]).joined(separator: "; "))
        guard lines.count == 2, let start = Double(lines[0]), let end = Double(lines[1]) else {
            throw Failure(message: "no times: \(lines)")
        }
        return (end - start) / 1e6
    }
}

/// A file of rows for LOAD DATA, in the server's default format.
struct LoadFile {
    /// A column's value in a row.
    enum Field {
        case null
        case text(String)
        case bytes([UInt8])
        case number(Double)
        case integer(Int64)
        /// Microseconds since 1970 UTC.
        case time(Int64)
    }

    let path: String
    private let columns: [String]

    /// Writes `count` rows of `columns` to a file in `folder`.
    init(_ name: String, in folder: String, columns: [String], count: Int, row: (Int) -> [Field]) throws {
        path = "\(folder)/\(name).tsv"
        self.columns = columns
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        defer { try? file.close() }
        var bytes = Data()
        for index in 0..<count {
            for (position, field) in row(index).enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: "\t")) }
                Self.append(field, to: &bytes)
            }
            bytes.append(UInt8(ascii: "\n"))
            if bytes.count > 1 << 20 {
                try file.write(contentsOf: bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        }
        try file.write(contentsOf: bytes)
    }

    /// Returns the statement that loads the file into `table`.
    func statement(into table: String) -> String {
        "LOAD DATA LOCAL INFILE '\(path)' INTO TABLE \(table) CHARACTER SET binary (\(columns.joined(separator: ", ")))"
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    private static func append(_ field: Field, to bytes: inout Data) {
        switch field {
        case .null: bytes.append(contentsOf: "\\N".utf8)
        case .text(let text): append(Array(text.utf8), to: &bytes)
        case .bytes(let value): append(value, to: &bytes)
        case .number(let value): bytes.append(contentsOf: "\(value)".utf8)
        case .integer(let value): bytes.append(contentsOf: "\(value)".utf8)
        case .time(let micros):
            var seconds = time_t(micros / 1_000_000)
            var parts = tm()
            gmtime_r(&seconds, &parts)
            let text = String(
                format: "%04d-%02d-%02d %02d:%02d:%02d.%06d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                parts.tm_hour, parts.tm_min, parts.tm_sec, Int(micros % 1_000_000))
            bytes.append(contentsOf: text.utf8)
        }
    }

    private static func append(_ value: [UInt8], to bytes: inout Data) {
        for byte in value {
            switch byte {
            case 0: bytes.append(contentsOf: "\\0".utf8)
            case UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            default: bytes.append(byte)
            }
        }
    }
}

/// The rows that the ledger's operations result in, as LOAD DATA reads them.
enum LoadRows {
    /// Returns rows of the exploration's table.
    static func runs(
        _ phase: Phase, _ numbers: Range<Int>, in folder: String
    ) throws -> LoadFile {
        let point = ["hash", "code"] + (1...6).map { "p\($0)" } + ["parent", "state", "queued_at"]
        let start = ["started_at", "attempt_count", "worker", "model", "model_version", "token"]
        let end = ["ended_at", "run_time", "verdict", "iterations", "message", "artifact"] + (1...4).map { "out\($0)" }
        let columns = point + (phase == .queued ? [] : start) + (phase == .completed ? end : [])
        return try LoadFile("runs", in: folder, columns: columns, count: numbers.count) { index in
            let number = numbers.lowerBound + index
            let point = Sample.point(number)
            var fields: [LoadFile.Field] = [.bytes(point.hash), .text(point.code)]
            fields += point.values.map { .number($0) }
            fields += [
                point.parent.map { .bytes($0) } ?? .null, .text(phase.rawValue), .time(1_790_000_000_000_000),
            ]
            if phase == .queued { return fields }
            let completed = Sample.completed(number)
            let attempt = completed.attempt
            fields += [
                .time(attempt.startedAt), .integer(1), .text(attempt.worker), .text(attempt.model),
                .text(attempt.modelVersion), .integer(Int64(attempt.token)),
            ]
            if phase == .running { return fields }
            return fields + [
                .time(completed.endedAt), .number(0.04), .text(completed.verdict.rawValue),
                .integer(Int64(completed.iterations ?? 0)), .text(completed.message),
                .text(completed.artifact ?? ""),
            ] + completed.outputs.map { .number($0 ?? 0) }
        }
    }

    /// Returns rows of the history.
    static func attempts(_ phase: Phase, _ numbers: Range<Int>, in folder: String) throws -> LoadFile {
        let begun = [
            "exploration_id", "hash", "token", "attempt", "worker", "host", "model", "model_version", "started_at",
            "exploration_digest", "software_version", "state",
        ]
        let end = ["ended_at", "message", "log_tail", "exit_status", "peak_memory", "artifact"]
        let columns = begun + (phase == .completed ? end : [])
        return try LoadFile("attempts", in: folder, columns: columns, count: numbers.count) { index in
            let completed = Sample.completed(numbers.lowerBound + index)
            let attempt = completed.attempt
            let fields: [LoadFile.Field] = [
                .integer(1), .bytes(attempt.hash), .integer(Int64(attempt.token)), .integer(1), .text(attempt.worker),
                .text(attempt.host), .text(attempt.model), .text(attempt.modelVersion), .time(attempt.startedAt),
                .text(attempt.explorationDigest ?? ""), .text(attempt.softwareVersion ?? ""), .text(phase.rawValue),
            ]
            if phase == .running { return fields }
            return fields + [
                .time(completed.endedAt), .text(completed.message), .text(completed.logTail ?? ""),
                .text(completed.exitStatus ?? ""), .integer(completed.peakMemory ?? 0),
                .text(completed.artifact ?? ""),
            ]
        }
    }
}

/// The records of a point, in the order in which they are written.
enum Phase: String, CaseIterable {
    case queued
    case running
    case completed
}
