internal import Metrics

/// The scaler's figures, by swift-metrics: nowhere unless the process serves them.
enum ScalerMetrics {
    /// What a round found and did.
    package static func record(_ round: ScalerRound, of group: WorkerGroup) {
        let dimensions = [("exploration", group.exploration), ("queue", group.queue ?? "")]
        let states = [
            ("running", round.live.running), ("pending", round.live.pending),
            ("unschedulable", round.live.unschedulable), ("wanted", round.decision.wanted),
        ]
        for (state, count) in states {
            Gauge(label: "atmos_workers", dimensions: dimensions + [("state", state)]).record(count)
        }
        let jobs = [
            ("active", round.live.activeJobs), ("failed", round.live.failedJobs),
            ("finished", round.live.finishedJobs),
        ]
        for (state, count) in jobs {
            Gauge(label: "atmos_worker_jobs", dimensions: dimensions + [("state", state)]).record(count)
        }
        Counter(label: "atmos_scaler_objects_made_total", dimensions: dimensions).increment(by: round.made.count)
        Counter(label: "atmos_scaler_jobs_collected_total", dimensions: dimensions).increment(by: round.collected.count)
        Gauge(label: "atmos_scaler_problems", dimensions: dimensions).record(round.live.problems.count)
    }
}
