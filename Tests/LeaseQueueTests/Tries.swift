import RedisClient

@testable import LeaseQueue

extension LeaseQueues {
    /// Sends one try of a request, as the library does when replies get lost.
    func send(
        _ outcomes: [Outcome] = [], to queue: QueueName = "main", leaseNext count: Int, number: UInt64,
        try attempt: Int
    ) async throws -> (results: [FinishResult], deadLettered: [Bool], next: LeaseReply) {
        let request = CycleRequest(
            outcomes: outcomes, count: count, leaseTime: .seconds(600), consumer: consumer, number: number)
        let invocation = try request.invocation(for: desks.desk(queue), desks: desks, try: attempt)
        let sent = ContinuousClock.now
        let reply = try await CycleReply(
            connection.evaluate(Scripts.cycle, invocation), queue: queue, sent: sent, leaseTime: .seconds(600))
        let results: [FinishResult] = reply.results.map { letter in
            switch letter {
            case UInt8(ascii: "d"), UInt8(ascii: "x"): .done
            case UInt8(ascii: "a"): .alreadyDone
            default: .stale
            }
        }
        return (results, reply.results.map { $0 == UInt8(ascii: "x") }, reply.next)
    }
}
