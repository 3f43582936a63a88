package import LeaseQueue
internal import Metrics

/// The figures that the roles keep of their work, by swift-metrics: nowhere unless the process serves them.
package enum RingMetrics {
    /// Operations that a server that was out of reach made fail; each is tried again.
    static let outages = Counter(label: "atmos_outages_total")
    /// Leases that were lost while a worker held them; the work was ended.
    static let lostLeases = Counter(label: "atmos_leases_lost_total")
    /// Leases that this worker holds.
    static let heldLeases = Gauge(label: "atmos_leases_held")
    /// Attempts at a point that had been tried before.
    static let retries = Counter(label: "atmos_retries_total")

    /// How an attempt ended: `stable`, `unstable`, or the kind of its failure.
    static func attempt(ended kind: String, in time: Duration) {
        Counter(label: "atmos_attempts_total", dimensions: [("end", kind)]).increment()
        Timer(label: "atmos_run_seconds", dimensions: [("end", kind)]).record(duration: time)
    }

    /// A batch of messages was written into the ledger, and its leases were completed.
    static func wrote(_ count: Int, from queue: QueueName, in time: Duration) {
        let dimensions = [("queue", queue.rawValue)]
        Recorder(label: "atmos_ledger_batch_size", dimensions: dimensions).record(count)
        Timer(label: "atmos_ledger_batch_seconds", dimensions: dimensions).record(duration: time)
    }

    /// The depths of all queues and the ages of what waits in them.
    package static func record(_ queue: QueueName, _ report: QueueReport) {
        let states = [
            ("ready", report.counts.ready), ("delayed", report.counts.delayed), ("leased", report.counts.leased),
            ("dead", report.counts.dead),
        ]
        for (state, count) in states {
            Gauge(label: "atmos_queue_jobs", dimensions: [("queue", queue.rawValue), ("state", state)]).record(count)
        }
        let age = report.oldestReadyAge ?? .zero
        Gauge(label: "atmos_queue_oldest_ready_seconds", dimensions: [("queue", queue.rawValue)])
            .record(age / .seconds(1))
    }
}
