import Foundation

/// Compares the ledger's rate in rows per second with that of LOAD DATA of the same rows, in turns.
///
/// Arguments: the server's socket, a scratch folder, rows of a round, rounds, rows of a batch, and two initial sizes of
/// the table, which are measured in turns too.
@main
struct LedgerBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let numbers = arguments.dropFirst(3).compactMap { Int($0) }
        guard numbers.count == 5, arguments.count == 8 else {
            print("usage: ledger-benchmark SOCKET FOLDER ROWS ROUNDS BATCH SIZE SIZE")
            return
        }
        func bench(_ size: Int) async throws -> Bench {
            try await Bench(
                size: size, socket: arguments[1], folder: arguments[2], rows: numbers[0], batch: numbers[2])
        }
        let benches = [try await bench(numbers[3]), try await bench(numbers[4])]
        for _ in 0..<numbers[1] {
            for bench in benches { try await bench.measure() }
        }
        for bench in benches { bench.report() }
        print("rates of the second table relative to the first, median of the rounds:")
        for phase in Phase.allCases {
            let ledger = ratio(benches, [phase]) { 1 / $0.rate }
            let load = ratio(benches, [phase]) { $0.loadingRuns + $0.loadingAttempts }
            print("  \(phase.rawValue): \(ledger), of LOAD DATA \(load)")
        }
        print("  all phases of a point: \(ratio(benches, Phase.allCases) { 1 / $0.rate })")
        print("peak memory of the client: \(peakMemory())")
        for bench in benches { await bench.close() }
    }

    /// Returns the speed of the second table relative to the first, for the measured times of some phases: the median of
    /// the rounds.
    private static func ratio(
        _ benches: [Bench], _ phases: [Phase], by time: (Bench.Measurement) -> Double
    ) -> String {
        let times = benches.map { bench in
            let rounds = phases.map { (bench.measurements[$0] ?? []).map(time) }
            return (0..<(rounds.first?.count ?? 0)).map { round in rounds.reduce(0) { $0 + $1[round] } }
        }
        return Median.text(Median.of(zip(times[0], times[1]).map { $0 / $1 }))
    }

    private static func peakMemory() -> String {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.map { $0.dropFirst("VmHWM:".count).trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }
}

/// The median of some numbers.
enum Median {
    static func of(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// With two decimals.
    static func text(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)"
    }
}
