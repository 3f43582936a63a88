import LeaseQueue
import Logging
import RedisClient

/// Fills a queue on a given server, or runs lease-and-complete cycles through it and says how many a second.
///
/// Arguments: the server's URL, `fill` or `cycle`, and how many jobs.
@main
struct QueueBenchmark {
    private static let queue: QueueName = "benchmark"

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let count = Int(arguments[3]), count > 0 else {
            print("usage: queue-benchmark URL fill|cycle COUNT")
            return
        }
        let queues = try await LeaseQueues.connect(
            to: RedisConfiguration(url: arguments[1]), namespace: "benchmark",
            queues: [QueueConfiguration(name: queue)], consumer: "cycler", logger: Logger(label: "benchmark"))
        if arguments[2] == "fill" {
            try await fill(queues, count)
        } else {
            print(try await cyclesPerSecond(queues, count))
        }
        await queues.close()
    }

    /// Jobs as the ring has them: an id of 64 characters and a payload of about a hundred bytes.
    private static func fill(_ queues: LeaseQueues, _ count: Int) async throws {
        let payload = [UInt8](repeating: UInt8(ascii: "x"), count: 100)
        for start in stride(from: 0, to: count, by: 500) {
            let jobs = (start..<min(start + 500, count)).map { number in
                let digits = String(number)
                return Job(id: String(repeating: "0", count: 64 - digits.count) + digits, payload: payload)
            }
            _ = try await queues.enqueue(jobs, to: queue)
        }
    }

    /// Completes one job and leases the next in one call, again and again.
    private static func cyclesPerSecond(_ queues: LeaseQueues, _ count: Int) async throws -> Double {
        var leases = try await queues.lease(1, from: queue).leases
        let start = ContinuousClock.now
        var cycles = 0
        while cycles < count, !leases.isEmpty {
            leases = try await queues.finish(leases.map { .complete($0) }, in: queue, leaseNext: 1).next.leases
            cycles += 1
        }
        return Double(cycles) / (start.duration(to: .now) / .seconds(1))
    }
}
