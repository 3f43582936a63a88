import Foundation

/// Measures how many rows a second the ledger takes, beside LOAD DATA of the same rows, in turns.
///
/// Arguments: the server's socket, a folder for scratch files, rows of a round, rounds, rows of a batch, and two sizes of
/// the table to begin with, which are measured in turns too.
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
        print("the rates of the second beside those of the first, median of the rounds:")
        for phase in Phase.allCases {
            let rates = benches.map { $0.measurements[phase]?.map(\.rate) ?? [] }
            print("  \(phase.rawValue): \(Median.text(Median.of(zip(rates[1], rates[0]).map { $0 / $1 })))")
        }
        print("peak memory of the client: \(peakMemory())")
        for bench in benches { await bench.close() }
    }

    private static func peakMemory() -> String {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.map { $0.dropFirst("VmHWM:".count).trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }
}
