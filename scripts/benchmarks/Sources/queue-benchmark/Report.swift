import Foundation
import RedisClient
import TextTable

/// All results of a run.
struct Report: Codable {
    var rows: [Row]
    var surroundings: Surroundings

    /// The table.
    var text: String {
        var lines = rows.map(Line.init)
        lines += surroundings.lines
        let table = TextTable<Line> { line in
            [
                Column(title: "operation", value: line.operation),
                Column(title: "batch", value: line.batch, align: .right),
                Column(title: "consumers", value: line.consumers, align: .right),
                Column(title: "queue", value: line.queue),
                Column(title: "library jobs/s", value: line.library, align: .right),
                Column(title: "C jobs/s", value: line.c, align: .right),
                Column(title: "redis-benchmark", value: line.ceiling, align: .right),
                Column(title: "of C", value: line.ofC, align: .right),
                Column(title: "of empty", value: line.ofEmpty, align: .right),
                Column(title: "CPU µs/job", value: line.cpu, align: .right),
                Column(title: "C's", value: line.cCPU, align: .right),
                Column(title: "server µs/job", value: line.server, align: .right),
                Column(title: "targets", value: line.targets),
            ]
        }
        return table.string(for: lines, style: Style.psql) ?? ""
    }

    var missed: Int {
        (rows.flatMap(\.targets) + surroundings.targets.map(\.target)).count { !$0.isMet }
    }
}

/// A line of the table, as text.
private struct Line {
    var operation: String
    var batch = ""
    var consumers = ""
    var queue = ""
    var library = ""
    var c = ""
    var ceiling = ""
    var ofC = ""
    var ofEmpty = ""
    var cpu = ""
    var cCPU = ""
    var server = ""
    var targets: String

    init(_ row: Row) {
        operation = row.cell.operation.label
        batch = "\(row.cell.batch)"
        consumers = "\(row.cell.consumers)"
        queue = row.cell.backlog.label
        library = decimal(row.libraryRate, 0)
        c = decimal(row.cRate, 0)
        ceiling = row.redisBenchmarkRate.map { decimal($0, 0) } ?? ""
        ofC = decimal(row.ofC, 2)
        ofEmpty = row.ofEmpty.map { decimal($0, 2) } ?? ""
        cpu = decimal(row.libraryCPU, 2)
        cCPU = decimal(row.cCPU, 2)
        server = decimal(row.serverTime, 2)
        targets = row.targets.map(\.description).joined(separator: ", ")
    }

    init(_ operation: String, _ queue: String, _ target: Target) {
        self.operation = operation
        self.queue = queue
        targets = target.description
    }
}

extension Surroundings {
    struct Check {
        let what: String
        let queue: String
        let target: Target
    }

    var targets: [Check] {
        [
            Check(
                what: "memory of a waiting job", queue: "\(jobs) waiting",
                target: Target("bytes", bytesPerJob, atMost: 300)),
            Check(what: "idle consumer, memory", queue: "empty", target: Target("MB", idleMegabytes, atMost: 17)),
            Check(
                what: "idle consumer, commands", queue: "empty", target: Target("a second", idleCommands, atMost: 2)),
        ]
    }

    fileprivate var lines: [Line] {
        targets.map { Line($0.what, $0.queue, $0.target) }
    }
}

/// The result for one cell: the best round of each contestant, because other load on the machine can only slow a
/// contestant down. All rounds are stored.
struct Row: Codable {
    var cell: Cell
    var libraryRate: Double
    var cRate: Double
    var redisBenchmarkRate: Double?
    /// The library's rate as a share of the C program's.
    var ofC: Double
    /// The library's rate as a share of its rate on an empty queue.
    var ofEmpty: Double?
    /// Microseconds for a job.
    var libraryCPU: Double
    var cCPU: Double
    var cpuOfC: Double
    var serverTime: Double
    var rounds: [Contestant.RawValue: [Sample]]

    init(_ cell: Cell, _ samples: [Contestant: [Sample]], empty: [Sample]?) {
        self.cell = cell
        let library = samples[.library] ?? []
        let c = samples[.c] ?? []
        libraryRate = library.map(\.rate).max() ?? 0
        cRate = c.map(\.rate).max() ?? 0
        redisBenchmarkRate = samples[.redisBenchmark]?.map(\.rate).max()
        ofC = libraryRate / cRate
        ofEmpty = empty?.map(\.rate).max().map { [libraryRate] in libraryRate / $0 }
        libraryCPU = library.compactMap(\.clientCPU).min() ?? 0
        cCPU = c.compactMap(\.clientCPU).min() ?? 0
        cpuOfC = libraryCPU / cCPU
        serverTime = library.map(\.serverTime).min() ?? 0
        rounds = Dictionary(uniqueKeysWithValues: samples.map { ($0.rawValue, $1) })
    }

    /// The targets of the row.
    var targets: [Target] {
        var targets: [Target] = []
        if cell.operation == .fused, cell.consumers == 1, cell.backlog == .empty {
            switch cell.batch {
            case 1:
                targets.append(Target("of C", ofC, atLeast: 0.85))
                targets.append(Target("CPU of C", cpuOfC, atMost: 1.5))
            case 16: targets.append(Target("CPU µs", libraryCPU, atMost: 3))
            default: targets.append(Target("of C", ofC, atLeast: 0.6))
            }
        }
        if let ofEmpty { targets.append(Target("of empty", ofEmpty, atLeast: 0.8)) }
        return targets
    }
}

/// The result of one contestant in one round.
struct Sample: Codable {
    /// Jobs a second, of all consumers together.
    var rate: Double
    /// Microseconds of the contestant's CPU time for a job; `nil` if unknown.
    var clientCPU: Double?
    /// Microseconds that the server spent in scripts for a job.
    var serverTime: Double
}

/// A measured value and its limit.
struct Target: CustomStringConvertible {
    let description: String
    let isMet: Bool

    init(_ name: String, _ value: Double, atLeast bound: Double) {
        isMet = value >= bound
        description = "\(isMet ? "pass" : "MISS") \(name) \(decimal(value, 2)) ≥ \(decimal(bound, 2))"
    }

    init(_ name: String, _ value: Double, atMost bound: Double) {
        isMet = value <= bound
        description = "\(isMet ? "pass" : "MISS") \(name) \(decimal(value, 2)) ≤ \(decimal(bound, 2))"
    }
}

/// `number` with `decimals` decimals.
func decimal(_ number: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", number)
}

/// Values that are measured once: the memory of a job, and an idle consumer.
struct Surroundings: Codable {
    /// Bytes of the server's memory for a job with an id of 32 bytes and a payload of 100.
    var bytesPerJob: Double
    /// The number of jobs over which ``bytesPerJob`` is the mean.
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
        // A consumer sends only scripts and blocking waits; commands that scripts call have separate lines.
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
