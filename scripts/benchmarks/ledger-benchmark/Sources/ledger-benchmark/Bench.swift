import Logging
import RunLedger

/// A ledger in a separate database with an initial number of rows, and its measurements.
final class Bench {
    let size: Int
    private let ledger: RunLedger
    private let client: Client
    private let folder: String
    private let rows: Int
    private let batch: Int
    private var round = 0

    /// The result of a round.
    struct Measurement {
        /// Rows per second.
        var rate: Double
        /// The seconds of LOAD DATA for the same rows of the exploration's table and of the history.
        var loadingRuns: Double
        var loadingAttempts: Double
    }

    private(set) var measurements: [Phase: [Measurement]] = [:]

    init(size: Int, socket: String, folder: String, rows: Int, batch: Int) async throws {
        self.size = size
        self.folder = folder
        self.rows = rows
        self.batch = batch
        let database = "benchmark_\(size)"
        ledger = try await RunLedger.connect(
            LedgerConfiguration(url: "mariadb://root@localhost/\(database)?socket=\(socket)"),
            createDatabase: true, logger: Logger(label: "benchmark"))
        client = Client(socket: socket, database: database)
        try await ledger.migrate()
        try await ledger.register(Sample.schema)
        try client.execute("CREATE TABLE loaded_runs LIKE benchmark", "CREATE TABLE loaded_attempts LIKE attempts")
        try fill()
    }

    /// Loads the initial rows in parts, each of which is one transaction.
    private func fill() throws {
        for start in stride(from: 0, to: size, by: 100_000) {
            let numbers = start..<min(size, start + 100_000)
            let runs = try LoadRows.runs(.completed, numbers, in: folder)
            let attempts = try LoadRows.attempts(.completed, numbers, in: folder)
            try client.execute(
                runs.statement(into: "benchmark"), runs.statement(into: "loaded_runs"),
                attempts.statement(into: "attempts"), attempts.statement(into: "loaded_attempts"))
            runs.remove()
            attempts.remove()
        }
    }

    /// Runs one round: the same points queued, running and completed, each next to LOAD DATA of the resulting rows.
    func measure() async throws {
        if size == 0 {
            try client.execute(
                "TRUNCATE benchmark", "TRUNCATE attempts", "TRUNCATE loaded_runs", "TRUNCATE loaded_attempts")
        }
        let own = size + round * rows..<size + (round + 1) * rows
        for (turn, phase) in Phase.allCases.enumerated() {
            let rate = Double(rows) / (try await write(phase, own))
            // Other points, so that the same tables serve all phases.
            let base = 1_000_000_000 * (turn + 1)
            let (runs, attempts) = try load(phase, base + own.lowerBound..<base + own.upperBound)
            measurements[phase, default: []].append(
                Measurement(rate: rate, loadingRuns: runs, loadingAttempts: attempts))
        }
        round += 1
    }

    /// Prints the medians of all rounds.
    func report() {
        print("\(size) rows to begin with, batches of \(batch), median of \(round) rounds of \(rows) rows:")
        for phase in Phase.allCases {
            let measured = measurements[phase] ?? []
            let rate = Median.of(measured.map(\.rate))
            let ratio = Median.of(measured.map { $0.rate * ($0.loadingRuns + $0.loadingAttempts) / Double(rows) })
            let runsRatio = Median.of(measured.map { $0.rate * $0.loadingRuns / Double(rows) })
            print(
                "  \(phase.rawValue): \(Int(rate)) rows/s, \(Median.text(ratio)) of LOAD DATA"
                    + " (\(Median.text(runsRatio)) of LOAD DATA of the runs without their attempts)")
        }
    }

    func close() async { await ledger.close() }

    /// Records points in the ledger and returns the duration in seconds.
    private func write(_ phase: Phase, _ numbers: Range<Int>) async throws -> Double {
        var time = Duration.zero
        let table = Sample.schema.table
        let clock = ContinuousClock()
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: batch) {
            let part = start..<min(numbers.upperBound, start + batch)
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

    /// Loads the rows that the ledger's operation results in, and returns the durations in seconds.
    private func load(_ phase: Phase, _ numbers: Range<Int>) throws -> (runs: Double, attempts: Double) {
        let runs = try LoadRows.runs(phase, numbers, in: folder)
        defer { runs.remove() }
        let seconds = try client.seconds([runs.statement(into: "loaded_runs")])
        guard phase != .queued else { return (seconds, 0) }
        let attempts = try LoadRows.attempts(phase, numbers, in: folder)
        defer { attempts.remove() }
        return (seconds, try client.seconds([attempts.statement(into: "loaded_attempts")]))
    }
}
