import FoundationEssentials
import HTTPClient
import Support
import Testing

@testable import KubernetesClient
@testable import Scaler

/// Counts and problems derived from objects as the server returns them.
struct WorkerInventoryTests {
    private func jobs(_ json: String...) throws -> [JobObject] {
        try json.map { try JSONDecoder().decode(JobObject.self, from: Data($0.utf8)) }
    }

    private func pods(_ json: String...) throws -> [PodObject] {
        try json.map { try JSONDecoder().decode(PodObject.self, from: Data($0.utf8)) }
    }

    private func job(_ name: String, spec: String = #""parallelism": 2"#, status: String = "") -> String {
        #"{"metadata": {"name": "\#(name)", "uid": "u-\#(name)"}, "spec": {\#(spec)}, "status": {\#(status)}}"#
    }

    private func pod(_ job: String, _ phase: String, metadata: String = "", status: String = "") -> String {
        #"{"metadata": {"name": "\#(job)-x", "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "\#(job)", "uid": "u"}]\#(metadata)}, "status": {"phase": "\#(phase)"\#(status)}}"#
    }

    @Test("pods that a Job has not created yet count as pending")
    func missingPods_countAsPending() throws {
        let inventory = WorkerInventory(
            jobs: try jobs(
                job("new"), job("half"), job("suspended", spec: #""parallelism": 2, "suspend": true"#),
                job("counted", spec: #""parallelism": 5, "completions": 6"#, status: #""succeeded": 4"#),
                job("draining", status: #""succeeded": 1"#), job("replacing")),
            pods: try pods(
                pod("half", "Running"), pod("draining", "Running"), pod("draining", "Succeeded"),
                pod("replacing", "Running", metadata: #", "deletionTimestamp": "2026-11-21T00:00:00Z""#),
                pod("replacing", "Pending")))
        #expect(inventory.missing == ["new": 2, "half": 1, "counted": 2, "replacing": 1])
        let live = inventory.counts(events: [], at: 0)
        #expect(live.running == 2)
        #expect(live.pending == 1 + 6)
        #expect(live.activeJobs == 5)
        #expect(live.problems.isEmpty)
    }

    @Test("a Job without completions creates no pods after one succeeded, even before its status says so")
    func succeededPod_endsCreation() throws {
        let inventory = WorkerInventory(jobs: try jobs(job("a")), pods: try pods(pod("a", "Succeeded")))
        #expect(inventory.missing.isEmpty)
    }

    @Test("pods that cannot be scheduled or run are reported, grouped by reason")
    func podProblems_areGroupedByReason() throws {
        let unschedulable =
            #", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient cpu."}]"#
        func waiting(_ reason: String, _ message: String) -> String {
            #", "containerStatuses": [{"name": "w", "state": {"waiting": {"reason": "\#(reason)", "message": "\#(message)"}}}]"#
        }
        let inventory = WorkerInventory(
            jobs: [],
            pods: try pods(
                pod("a", "Pending", status: unschedulable), pod("a", "Pending", status: unschedulable),
                pod("b", "Pending", status: waiting("ImagePullBackOff", "Back-off pulling image \\\"x\\\"")),
                pod("c", "Pending", status: waiting("ContainerCreating", ""))))
        let live = inventory.counts(events: [], at: 0)
        #expect(live.unschedulable == 2)
        #expect(live.pending == 4)
        #expect(
            live.problems == [
                "2 pods cannot be scheduled: 0/3 nodes are available: 3 Insufficient cpu.",
                "1 pod cannot run: container 'w': ImagePullBackOff: Back-off pulling image \"x\"",
            ])
    }

    @Test("a failed Job is reported with its reason and its pods' failures, such as OOMKilled")
    func failedJob_isReportedWithPodFailures() throws {
        let conditions =
            #""conditions": [{"type": "FailureTarget", "status": "True"}, {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit", "lastTransitionTime": "2026-11-20T21:38:59Z"}]"#
        let inventory = WorkerInventory(
            jobs: try jobs(job("oom", status: conditions)),
            pods: try pods(
                pod(
                    "oom", "Failed",
                    status:
                        #", "containerStatuses": [{"name": "w", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]"#
                )))
        let live = inventory.counts(events: [], at: 0)
        #expect(live.failedJobs == 1)
        #expect(live.activeJobs == 0)
        #expect(
            live.problems == [
                "Job 'oom' failed (BackoffLimitExceeded): Job has reached the specified backoff limit; pods: container 'w' "
                    + "ended with exit status 137 (OOMKilled)"
            ])
    }

    @Test("ended Jobs expire after their retention, failed ones later")
    func endedJobs_expireAfterRetention() throws {
        let complete =
            #""completionTime": "2026-11-20T21:00:00Z", "conditions": [{"type": "Complete", "status": "True"}]"#
        let failed =
            #""conditions": [{"type": "Failed", "status": "True", "lastTransitionTime": "2026-11-20T21:00:00Z"}]"#
        let all = try jobs(job("done", status: complete), job("lost", status: failed), job("active"))
        let end = try #require(UTC.seconds("2026-11-20T21:00:00Z"))
        let retention = JobRetention(completed: .seconds(60), failed: .seconds(3600))
        func expired(after seconds: Int) -> [String?] {
            retention.expired(among: all, at: end + seconds).map(\.metadata.name)
        }
        #expect(expired(after: 59).isEmpty)
        #expect(expired(after: 60) == ["done"])
        #expect(expired(after: 3600) == ["done", "lost"])
    }
}
