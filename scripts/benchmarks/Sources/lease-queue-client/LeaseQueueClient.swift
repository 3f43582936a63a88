import Glibc
import LeaseQueue
import Logging
import RedisClient

/// The library's client for the queue's benchmark: runs one operation for a number of jobs, and prints the time.
///
/// Usage: lease-queue-client SOCKET NAMESPACE CONSUMER OPERATION BATCH JOBS FIRST
///
///   OPERATION  enqueue, separate, fused, extend: as in queue-client.c, on the connection's thread
///              task      as fused, in an ordinary task
///              hold      leases JOBS jobs for a day and leaves
///              drain     completes up to JOBS jobs
///              idle      waits for jobs until it is killed
///
/// Prints jobs, seconds, and seconds of CPU.
@main
struct LeaseQueueClient {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 8, let operation = Operation(rawValue: arguments[4]), let batch = Int(arguments[5]),
            let jobs = Int(arguments[6]), let first = Int(arguments[7])
        else {
            print("usage: lease-queue-client SOCKET NAMESPACE CONSUMER OPERATION BATCH JOBS FIRST")
            exit(64)
        }
        let queues = try await LeaseQueues.connect(
            to: RedisConfiguration(url: "unix://\(arguments[1])"), namespace: arguments[2],
            queues: [QueueConfiguration(name: "benchmark", leaseTime: .seconds(600))], consumer: arguments[3],
            logger: Logger(label: "benchmark"))
        let run = OperationRun(queues: queues, batch: batch, jobs: jobs, first: first)
        let measurement =
            if operation == .task {
                try await run.perform(.fused)
            } else {
                try await queues.withConnectionThread { try await run.perform(operation) }
            }
        print(measurement)
        await queues.close()
    }
}
