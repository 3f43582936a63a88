import Glibc
import LeaseQueue

/// One operation, done for a number of jobs.
struct OperationRun {
    let queues: LeaseQueues
    let batch: Int
    let jobs: Int
    let first: Int

    private let queue: QueueName = "benchmark"
    private static let idLength = 32
    private static let payload = [UInt8](repeating: UInt8(ascii: "x"), count: 100)

    init(queues: LeaseQueues, batch: Int, jobs: Int, first: Int) {
        self.queues = queues
        self.batch = batch
        self.jobs = jobs
        self.first = first
    }

    func perform(_ operation: Operation) async throws -> Measurement {
        switch operation {
        case .enqueue: return try await enqueue()
        case .separate: return try await separate()
        case .fused, .task: return try await fused()
        case .extend: return try await extend()
        case .hold: return try await hold()
        case .drain: return try await drain()
        case .idle:
            while true { _ = try await queues.lease(1, from: queue, wait: .seconds(60)) }
        }
    }

    private func enqueue() async throws -> Measurement {
        var measurement = Measurement()
        for start in stride(from: 0, to: jobs, by: batch) {
            let jobs = (start..<start + batch).map { number in
                let digits = String(first + number)
                return Job(
                    id: String(repeating: "0", count: Self.idLength - digits.utf8.count) + digits,
                    payload: Self.payload)
            }
            _ = try await queues.enqueue(jobs, to: queue)
        }
        measurement.end(jobs: jobs)
        return measurement
    }

    private func separate() async throws -> Measurement {
        var measurement = Measurement()
        for _ in stride(from: 0, to: jobs, by: batch) {
            let leases = try await queues.lease(batch, from: queue).leases
            try check(leases)
            _ = try await queues.finish(leases.map { .complete($0) }, in: queue)
        }
        measurement.end(jobs: jobs)
        return measurement
    }

    private func fused() async throws -> Measurement {
        var leases = try await queues.lease(batch, from: queue).leases
        var measurement = Measurement()
        for start in stride(from: 0, to: jobs, by: batch) {
            try check(leases)
            let next = start + batch < jobs ? batch : 0
            leases = try await queues.finish(leases.map { .complete($0) }, in: queue, leaseNext: next).next.leases
        }
        measurement.end(jobs: jobs)
        return measurement
    }

    private func extend() async throws -> Measurement {
        let leases = try await queues.lease(batch, from: queue).leases
        try check(leases)
        var measurement = Measurement()
        for _ in stride(from: 0, to: jobs, by: batch) { _ = try await queues.extend(leases) }
        measurement.end(jobs: jobs)
        _ = try await queues.finish(leases.map { .complete($0) }, in: queue)
        return measurement
    }

    private func hold() async throws -> Measurement {
        var measurement = Measurement()
        var held = 0
        while held < jobs {
            let leases = try await queues.lease(
                min(jobs - held, LeaseQueues.batchLimit), from: queue, leaseTime: .seconds(86_400)
            ).leases
            guard !leases.isEmpty else { throw TooFewJobs() }
            held += leases.count
        }
        measurement.end(jobs: held)
        return measurement
    }

    private func drain() async throws -> Measurement {
        var measurement = Measurement()
        var done = 0
        var left = jobs
        while left > 0 {
            let leases = try await queues.lease(min(left, LeaseQueues.batchLimit), from: queue).leases
            if leases.isEmpty { break }
            _ = try await queues.finish(leases.map { .complete($0) }, in: queue)
            done += leases.count
            left -= leases.count
        }
        measurement.end(jobs: done)
        return measurement
    }

    private func check(_ leases: [Lease]) throws {
        guard leases.count == batch else { throw TooFewJobs() }
    }
}

/// The queue had fewer jobs than the benchmark put there.
struct TooFewJobs: Error {}

/// An operation of the client; the head of `LeaseQueueClient` explains them.
enum Operation: String {
    case enqueue, separate, fused, task, extend, hold, drain, idle
}

/// The time that a number of jobs took.
struct Measurement: CustomStringConvertible {
    private let start = ContinuousClock.now
    private let cpuStart = Self.cpuMicroseconds()
    private var jobs = 0
    private var seconds = 0.0
    private var cpuSeconds = 0.0

    /// Ends the measurement.
    mutating func end(jobs: Int) {
        self.jobs = jobs
        seconds = start.duration(to: .now) / .seconds(1)
        cpuSeconds = Double(Self.cpuMicroseconds() - cpuStart) / 1e6
    }

    var description: String { "\(jobs) \(seconds) \(cpuSeconds)" }

    private static func cpuMicroseconds() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        return seconds * 1_000_000 + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }
}
