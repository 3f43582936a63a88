import Foundation
import Logging
import RunLedger

/// Measures how many rows a second the ledger takes, beside LOAD DATA of the same rows, in turns.
///
/// Arguments: the server's socket, a folder for scratch files, rows of a round, rounds, rows of a batch, and the sizes of
/// the table to begin with.
@main
struct LedgerBenchmark {
    let ledger: RunLedger
    let client: Client
    let folder: String
    let rows: Int
    let rounds: Int
    let batch: Int

    static func main() async throws {
        let arguments = CommandLine.arguments
        let numbers = arguments.dropFirst(3).compactMap { Int($0) }
        guard numbers.count >= 4, numbers.count == arguments.count - 3 else {
            print("usage: ledger-benchmark SOCKET FOLDER ROWS ROUNDS BATCH SIZE…")
            return
        }
        let ledger = try await RunLedger.connect(
            LedgerConfiguration(url: "mariadb://root@localhost/benchmark?socket=\(arguments[1])"),
            createDatabase: true, logger: Logger(label: "benchmark"))
        try await ledger.migrate()
        let benchmark = LedgerBenchmark(
            ledger: ledger, client: Client(socket: arguments[1]), folder: arguments[2], rows: numbers[0],
            rounds: numbers[1], batch: numbers[2])
        var emptyRates: [Double]?
        for size in numbers.dropFirst(3) {
            let rates = try await benchmark.measure(startingWith: size)
            if let emptyRates {
                let parts = zip(rates, emptyRates).map { String(format: "%.2f", $0 / $1) }
                print("  beside a table of \(numbers[3]) rows: \(parts.joined(separator: " / "))")
            } else {
                emptyRates = rates
            }
        }
        print("peak memory of the client: \(peakMemory())")
        await ledger.close()
    }

    /// Prints the median rates and ratios of all rounds on tables of a size.
    private func measure(startingWith size: Int) async throws -> [Double] {
        var rates: [Phase: [Double]] = [:]
        var ratios: [Phase: [Double]] = [:]
        var runsRatios: [Phase: [Double]] = [:]
        if size > 0 { try await prepare(size) }
        for round in 0..<rounds {
            if size == 0 { try await prepare(0) }
            for (turn, phase) in Phase.allCases.enumerated() {
                let own = size + round * rows..<size + (round + 1) * rows
                let rate = Double(rows) / (try await write(phase, own))
                // Other points, so that the same tables serve all phases.
                let base = 1_000_000_000 * (turn + 1)
                let (runs, attempts) = try load(phase, base + own.lowerBound..<base + own.upperBound)
                rates[phase, default: []].append(rate)
                ratios[phase, default: []].append(rate * (runs + attempts) / Double(rows))
                runsRatios[phase, default: []].append(rate * runs / Double(rows))
            }
        }
        print("\(size) rows to begin with, batches of \(batch), median of \(rounds) rounds of \(rows) rows:")
        return Phase.allCases.map { phase in
            let rate = median(rates[phase]!)
            print(
                "  \(phase.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0))"
                    + String(
                        format: "%7.0f rows/s, %.2f of LOAD DATA (%.2f of LOAD DATA of the runs alone)", rate,
                        median(ratios[phase]!), median(runsRatios[phase]!)))
            return rate
        }
    }

    /// Makes all tables anew, with `size` completed points in them.
    private func prepare(_ size: Int) async throws {
        if try await ledger.registered().contains(where: { $0.name == Sample.schema.name }) {
            try client.execute("TRUNCATE attempts", "DROP TABLE IF EXISTS loaded_runs, loaded_attempts")
            try await ledger.drop(exploration: Sample.schema.name)
        }
        try await ledger.register(Sample.schema)
        let id = try client.execute("SELECT id FROM explorations")[0]
        try client.execute(
            "CREATE TABLE loaded_runs LIKE benchmark", "CREATE TABLE loaded_attempts LIKE attempts")
        // In parts, each of which is one transaction.
        for start in stride(from: 0, to: size, by: 100_000) {
            let numbers = start..<min(size, start + 100_000)
            let runs = try LoadRows.runs(.completed, numbers, in: folder)
            let attempts = try LoadRows.attempts(.completed, numbers, in: folder)
            try client.execute(
                runs.statement(into: "benchmark"), runs.statement(into: "loaded_runs"),
                attempts.statement(into: "loaded_attempts"),
                "SET foreign_key_checks = 0", attempts.statement(into: "attempts"),
                "UPDATE attempts SET exploration_id = \(id) WHERE exploration_id = 1 AND \(id) <> 1")
            runs.remove()
            attempts.remove()
        }
    }

    /// Tells the ledger of points; returns the seconds that it took.
    private func write(_ phase: Phase, _ numbers: Range<Int>) async throws -> Double {
        var time = Duration.zero
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: batch) {
            let part = start..<min(numbers.upperBound, start + batch)
            let table = Sample.schema.table
            let clock = ContinuousClock()
            switch phase {
            case .queued:
                let points = part.map(Sample.point)
                time += try await clock.measure { _ = try await ledger.insertQueued(points, into: table) }
            case .running:
                let records = part.map(Sample.running)
                time += try await clock.measure { try await ledger.recordRunning(records, in: table) }
            case .completed:
                let records = part.map(Sample.completed)
                time += try await clock.measure { _ = try await ledger.recordCompleted(records, in: table) }
            }
        }
        return time / .seconds(1)
    }

    /// Loads the rows that the ledger's operation leaves; returns the seconds that they took.
    private func load(_ phase: Phase, _ numbers: Range<Int>) throws -> (runs: Double, attempts: Double) {
        let runs = try LoadRows.runs(phase, numbers, in: folder)
        defer { runs.remove() }
        let seconds = try client.seconds([runs.statement(into: "loaded_runs")])
        guard phase != .queued else { return (seconds, 0) }
        let attempts = try LoadRows.attempts(phase, numbers, in: folder)
        defer { attempts.remove() }
        return (seconds, try client.seconds([attempts.statement(into: "loaded_attempts")]))
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    private static func peakMemory() -> String {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.map { $0.dropFirst("VmHWM:".count).trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }
}
