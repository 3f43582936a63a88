import Foundation
import RedisClient

/// Measures cells in rounds. In each round every contestant runs once with every backlog, so that other load on the
/// machine affects all of them alike.
struct BenchmarkRun {
    let clients: Clients
    let server: RedisConnection
    /// The number of rounds, and the limit if a target is missed: on a busy machine a few rounds may all be disturbed.
    /// All contestants run in the same rounds.
    private static let rounds = 5...20
    /// The next unused id.
    private var next = 0

    init(clients: Clients, server: RedisConnection) {
        self.clients = clients
        self.server = server
    }

    /// Fills the queue of a backlog.
    mutating func prepare(_ backlog: Backlog) throws {
        if backlog.held > 0 {
            try fill(backlog, jobs: backlog.held)
            _ = try clients.library("hold", backlog, consumer: "other", batch: 1, jobs: backlog.held).finish()
        }
        if backlog.waiting > 0 { try fill(backlog, jobs: backlog.waiting) }
    }

    mutating func fill(_ backlog: Backlog, jobs: Int) throws {
        _ = try clients.library("enqueue", backlog, consumer: "filler", batch: 1000, jobs: jobs, first: next).finish()
        next += (jobs + 999) / 1000 * 1000
    }

    /// Measures cells that differ in their backlogs and numbers of consumers, all in the same rounds.
    mutating func measure(_ cells: [Cell]) async throws -> [Row] {
        var samples: [Cell: [Contestant: [Sample]]] = [:]
        var rows: [Row] = []
        for round in 1...Self.rounds.upperBound {
            for cell in cells {
                let contestants = Contestant.allCases.filter { $0 != .redisBenchmark || cell.hasCeiling }
                for contestant in round.isMultiple(of: 2) ? contestants : contestants.reversed() {
                    samples[cell, default: [:]][contestant, default: []].append(try await run(cell, contestant))
                }
            }
            let empty = samples.first { $0.key.backlog == .empty && $0.key.consumers == 1 }?.value[.library]
            rows = cells.map { Row($0, samples[$0] ?? [:], empty: $0.backlog == .empty ? nil : empty) }
            if round >= Self.rounds.lowerBound, rows.flatMap(\.targets).allSatisfy(\.isMet) { break }
        }
        return rows
    }

    private mutating func run(_ cell: Cell, _ contestant: Contestant) async throws -> Sample {
        let jobs = cell.jobs
        let all = jobs * cell.consumers
        // Jobs that the round removes; an enqueuing round is emptied after it.
        switch cell.operation {
        case .enqueue: break
        case .extend: try fill(cell.backlog, jobs: 1000)
        default: try fill(cell.backlog, jobs: (all + 999) / 1000 * 1000)
        }
        let before = try await waiting(cell.backlog)
        _ = try await server.send("CONFIG", "RESETSTAT")
        let children = try (0..<cell.consumers).map { number in
            defer { next += jobs }
            return try start(contestant, cell, consumer: "\(contestant.rawValue)-\(number)")
        }
        let outputs = try children.map { try $0.finish() }
        let serverTime = try await scriptMicroseconds() / Double(all)
        let left = try await waiting(cell.backlog) - (cell.operation == .enqueue ? before : cell.backlog.waiting)
        if contestant == .redisBenchmark {
            try await server.deleteAll(of: cell.backlog)
        } else if left > 0 {
            _ = try clients.library("drain", cell.backlog, consumer: "drain", batch: 1, jobs: left).finish()
        }
        if contestant == .redisBenchmark {
            return Sample(
                rate: try Self.redisBenchmarkRate(outputs[0]) * Double(cell.batch), clientCPU: nil,
                serverTime: serverTime)
        }
        let samples = try outputs.map(Self.numbers)
        return Sample(
            rate: samples.map { $0.jobs / $0.seconds }.reduce(0, +),
            clientCPU: samples.map(\.cpu).reduce(0, +) / samples.map(\.jobs).reduce(0, +) * 1e6,
            serverTime: serverTime)
    }

    private func start(_ contestant: Contestant, _ cell: Cell, consumer: String) throws -> Child {
        switch contestant {
        case .library:
            try clients.library(
                cell.operation.rawValue, cell.backlog, consumer: consumer, batch: cell.batch, jobs: cell.jobs,
                first: next)
        case .c:
            try clients.c(
                cell.operation.ofC, cell.backlog, consumer: consumer, batch: cell.batch, jobs: cell.jobs, first: next)
        case .redisBenchmark:
            try clients.c(
                "ceiling", cell.backlog, consumer: consumer, batch: cell.batch, jobs: cell.jobs, first: next)
        }
    }

    private func waiting(_ backlog: Backlog) async throws -> Int {
        try await server.send("LLEN", "{\(backlog.namespace)}:benchmark:ready:5").number ?? 0
    }

    private func scriptMicroseconds() async throws -> Double {
        let statistics = try await server.send("INFO", "commandstats").text ?? ""
        let line = statistics.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_evalsha:") }
        let value = line?.split(separator: ",").first { $0.hasPrefix("usec=") }?.dropFirst("usec=".count)
        return value.flatMap { Double($0) } ?? 0
    }

    private static func numbers(_ text: String) throws -> (jobs: Double, seconds: Double, cpu: Double) {
        let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 3 else { throw BenchmarkError("unexpected output of a client: \(text)") }
        return (numbers[0], numbers[1], numbers[2])
    }

    /// The second field of the last line that `redis-benchmark --csv` prints.
    private static func redisBenchmarkRate(_ text: String) throws -> Double {
        let line = text.split(whereSeparator: \.isNewline).last ?? ""
        let fields = line.components(separatedBy: "\",\"")
        guard fields.count > 2, let rate = Double(fields[1]) else {
            throw BenchmarkError("redis-benchmark printed no rate: \(text)")
        }
        return rate
    }
}

extension RedisConnection {
    /// Deletes the keys of a backlog.
    func deleteAll(of backlog: Backlog) async throws {
        for key in try await send("KEYS", "{\(backlog.namespace)}:*").elements ?? [] {
            _ = try await send("UNLINK", key.text ?? "")
        }
    }
}

/// The client programs, and how to run them.
struct Clients {
    let socket: String
    let libraryClient: String
    let cClient: String
    /// The folder with the whole scripts: finish_and_lease.lua, enqueue.lua, extend.lua, ceiling.lua.
    let scripts: String

    /// Starts the library's client.
    func library(_ operation: String, _ backlog: Backlog, consumer: String, batch: Int, jobs: Int, first: Int = 0)
        throws
        -> Child
    {
        try Child(
            libraryClient, [socket, backlog.namespace, consumer, operation, "\(batch)", "\(jobs)", "\(first)"])
    }

    /// Starts the C program.
    func c(_ operation: String, _ backlog: Backlog, consumer: String, batch: Int, jobs: Int, first: Int) throws -> Child
    {
        let files =
            switch operation {
            case "enqueue": ["enqueue.lua"]
            case "ceiling": ["ceiling.lua"]
            default: ["finish_and_lease.lua", "extend.lua"]
            }
        return try Child(
            cClient,
            [socket, backlog.namespace, consumer, operation, "\(batch)", "\(jobs)", "\(first)"]
                + files.map { "\(scripts)/\($0)" })
    }
}

/// A child process whose output is read to its end.
struct Child {
    private let process = Process()
    private let output = Pipe()

    init(_ executable: String, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
    }

    var identifier: Int32 { process.processIdentifier }

    /// Waits for the end of the process and returns its output.
    func finish() throws -> String {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError("\(process.executableURL?.lastPathComponent ?? "a client") failed: \(text)")
        }
        return text
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}

/// The reason for which the benchmark has no result.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
