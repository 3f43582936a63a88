import Foundation
import Logging
import RedisClient

/// Measures the queue, and compares it with a C program and redis-benchmark.
///
/// Usage: queue-benchmark SOCKET LIBRARY-CLIENT C-CLIENT SCRIPTS REPORT [--quick]
///
/// SOCKET is the socket of an otherwise unused Redis server, SCRIPTS a folder with the whole scripts, REPORT the file
/// for the results as JSON.
@main
struct QueueBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 6 || arguments.dropFirst(6) == ["--quick"] else {
            print("usage: queue-benchmark SOCKET LIBRARY-CLIENT C-CLIENT SCRIPTS REPORT [--quick]")
            exit(64)
        }
        let quick = arguments.count > 6
        let server = try await RedisConnection.connect(
            to: RedisConfiguration(url: "unix://\(arguments[1])"), logger: Logger(label: "benchmark"))
        let clients = Clients(
            socket: arguments[1], libraryClient: arguments[2], cClient: arguments[3], scripts: arguments[4])
        let report = try await measure(clients, server, quick: quick)
        print(report.text)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(report).write(to: URL(fileURLWithPath: arguments[5]))
        if report.missed > 0 { print("\(report.missed) targets missed") }
    }

    private static func measure(_ clients: Clients, _ server: RedisConnection, quick: Bool) async throws -> Report {
        var run = BenchmarkRun(clients: clients, server: server)
        let idle = try await Surroundings.idleConsumer(clients, server, seconds: quick ? 5 : 20)
        // A million jobs, or for a quick run fewer jobs in a hash table that is as full.
        let sample = quick ? Backlog.tenThousandWaiting : .millionWaiting
        let jobs = quick ? 125_000 : sample.waiting
        let before = try await Surroundings.usedMemory(server)
        try run.fill(sample, jobs: jobs)
        let bytes = (try await Surroundings.usedMemory(server) - before) / Double(jobs)
        try await server.deleteAll(of: sample)

        let cells = Cell.all(quick: quick)
        for backlog in Set(cells.map(\.backlog)) { try run.prepare(backlog) }
        var rows: [Row] = []
        for operation in Cell.Operation.allCases {
            for batch in [1, 16, 64] {
                let group = cells.filter { $0.operation == operation && $0.batch == batch }
                FileHandle.standardError.write(Data("\(operation.label), batch \(batch)…\n".utf8))
                rows += try await run.measure(group)
            }
        }
        return Report(
            rows: rows,
            surroundings: Surroundings(
                bytesPerJob: bytes, jobs: jobs, idleMegabytes: idle.megabytes, idleCommands: idle.commands,
                load: Surroundings.loadAverage()))
    }
}
