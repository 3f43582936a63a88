@testable import LeaseQueue

extension QueueReport {
    /// Of a queue with 40 jobs.
    static let sample = QueueReport(
        control: .run, budget: nil, limit: nil, oldestReadyAge: .seconds(5), lastMinute: QueueRates(),
        lastHour: QueueRates(), consumers: [])
}
