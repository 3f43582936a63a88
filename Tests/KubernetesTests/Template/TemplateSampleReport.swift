@testable import LeaseQueue

extension QueueReport {
    /// Of a queue with 40 jobs.
    static let sample = QueueReport(
        counts: QueueCounts(ready: 40, delayed: 1, leased: 2, dead: 3), control: .run, budget: nil, limit: nil,
        oldestReadyAge: .seconds(5), lastMinute: QueueRates(),
        lastHour: QueueRates(), consumers: [])
}
