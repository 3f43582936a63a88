internal import ArtifactStore
internal import CoreMetrics
internal import Health
package import LeaseQueue
internal import Metrics
internal import RedisClient

/// The metrics that the roles record with swift-metrics: nowhere unless the process serves them.
package enum RingMetrics {
    private static let serverErrorsName = MetricName(
        "atmos_server_errors_total",
        "Operations that failed because a server or a store was out of reach or refused them, and were retried.")
    private static let lostLeasesName = MetricName(
        "atmos_leases_lost_total", "Leases that were lost while a worker held them; the work was stopped.")
    private static let heldLeasesName = MetricName("atmos_leases_held", "Leases that this worker holds.")
    private static let retriesName = MetricName("atmos_retries_total", "Attempts at points that had been tried before.")
    private static let attemptsName = MetricName(
        "atmos_attempts_total", "Attempts, by outcome: stable, unstable or the kind of failure.")
    private static let runDurationName = MetricName("atmos_run_duration_seconds", "Duration of runs, by outcome.")
    private static let batchSizeName = MetricName(
        "atmos_ledger_batch_size", "Messages in a ledger transaction, by queue.")
    private static let batchDurationName = MetricName(
        "atmos_ledger_batch_duration_seconds", "Duration of a ledger transaction with its COMMIT, by queue.")
    private static let queueJobsName = MetricName("atmos_queue_jobs", "Jobs in a queue, by state.")
    private static let oldestReadyName = MetricName(
        "atmos_queue_oldest_ready_seconds", "Waiting time of the next ready job of a queue.")

    private static let openPointsName = MetricName(
        "atmos_ledger_open_points",
        "Points in the ledger that are still to be run; reported by the sql-client that watches the ring.")

    /// The sentence that explains each metric, by the metric's name.
    package static let help = MetricName.help([
        serverErrorsName, lostLeasesName, heldLeasesName, retriesName, attemptsName, runDurationName, batchSizeName,
        batchDurationName, queueJobsName, oldestReadyName, openPointsName,
    ])

    static let lostLeases = Counter(label: lostLeasesName.label)
    static let heldLeases = Gauge(label: heldLeasesName.label)
    static let retries = Counter(label: retriesName.label)

    /// An operation failed because of a server or a store, and will be retried.
    static func recordOutage(_ error: any Error) {
        let server = error is RedisError ? "redis" : error is ArtifactStoreError ? "artifacts" : "mariadb"
        Counter(label: serverErrorsName.label, dimensions: [("server", server)]).increment()
    }

    static func recordOpenPoints(_ count: Int) {
        Gauge(label: openPointsName.label).record(count)
    }

    /// - Parameter outcome: `stable`, `unstable`, or the kind of the failure.
    static func recordAttempt(_ outcome: String, in time: Duration) {
        let dimensions = [("outcome", outcome)]
        Counter(label: attemptsName.label, dimensions: dimensions).increment()
        Timer(label: runDurationName.label, dimensions: dimensions).record(duration: time)
    }

    /// A batch of messages was written into the ledger, and its leases were completed.
    static func recordBatch(_ count: Int, from queue: QueueName, in time: Duration) {
        let dimensions = [("queue", queue.rawValue)]
        Recorder(label: batchSizeName.label, dimensions: dimensions).record(count)
        Timer(label: batchDurationName.label, dimensions: dimensions).record(duration: time)
    }

    /// Records the depth of a queue, and the age of its oldest ready job.
    package static func record(_ queue: QueueName, _ report: QueueReport) {
        let states = [
            ("ready", report.counts.ready), ("delayed", report.counts.delayed), ("leased", report.counts.leased),
            ("dead", report.counts.dead),
        ]
        for (state, count) in states {
            Gauge(label: queueJobsName.label, dimensions: [("queue", queue.rawValue), ("state", state)]).record(count)
        }
        let age = report.oldestReadyAge ?? .zero
        Gauge(label: oldestReadyName.label, dimensions: [("queue", queue.rawValue)]).record(age / .seconds(1))
    }
}
