@testable import LeaseQueue

extension QueueReport {
    /// Of a queue with 40 jobs.
    static let sample = sampled()

    static func sampled(control: ControlState = .run, budget: Int? = nil) -> QueueReport {
        QueueReport(
            counts: QueueCounts(ready: 40, delayed: 1, leased: 2, dead: 3), control: control, budget: budget,
            limit: nil,
            oldestReadyAge: .seconds(5), lastMinute: QueueRates(), lastHour: QueueRates(), consumers: [])
    }
}
