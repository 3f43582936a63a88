import Testing

@testable import LeaseQueue
@testable import Scaler

struct ScalingDecisionTests {
    private func decide(
        _ load: QueueLoad, _ live: WorkerCounts = WorkerCounts(), _ change: (inout ScalingPolicy) -> Void = { _ in }
    ) -> ScalingDecision {
        var policy = ScalingPolicy()
        policy.maximum = 1000
        policy.stepUp = 1000
        policy.firstPods = 1000
        policy.targetTime = .seconds(3600)
        policy.tolerance = 0
        change(&policy)
        return ScalingDecision.decide(exploration: "earth", queue: "main", load: load, live: live, policy: policy)
    }

    @Test("the wanted pods empty the queue within the target time")
    func wantedPods_emptyQueueInTargetTime() {
        #expect(decide(QueueLoad(ready: 7200, leased: 0, runTime: .seconds(100))).pods == 200)
        #expect(
            decide(QueueLoad(ready: 7200, leased: 0, runTime: .seconds(100)), WorkerCounts(running: 150)).pods == 50)
        #expect(decide(QueueLoad(ready: 1, leased: 0, runTime: .seconds(1))).pods == 1)
    }

    @Test("there are no more pods than jobs per pod allow")
    func jobsPerPod_limitsPods() {
        #expect(decide(QueueLoad(ready: 30, leased: 0)).pods == 30)
        #expect(decide(QueueLoad(ready: 30, leased: 0)) { $0.jobsPerPod = 20 }.pods == 2)
        #expect(decide(QueueLoad(ready: 30, leased: 0)) { $0.firstPods = 10 }.pods == 10)
        #expect(decide(QueueLoad(ready: 30, leased: 0, runTime: .seconds(7200))).pods == 30)
        #expect(decide(QueueLoad(ready: 2, leased: 0, runTime: .seconds(1))) { $0.minimum = 5 }.pods == 2)
        #expect(decide(QueueLoad(ready: 9, leased: 0, runTime: .seconds(1))) { $0.minimum = 5 }.pods == 5)
    }

    @Test("waiting pods count like running ones")
    func waitingPods_countLikeRunningOnes() {
        let load = QueueLoad(ready: 100, leased: 0)
        #expect(decide(load, WorkerCounts(running: 20, pending: 80)).pods == 0)
        #expect(decide(load, WorkerCounts(running: 20, pending: 30)).pods == 50)
    }

    @Test("the maximum and the step are not exceeded, and no pods are added during the cool-down")
    func maximumStepAndCoolDown_areRespected() {
        let load = QueueLoad(ready: 5000, leased: 0)
        #expect(decide(load).pods == 1000)
        #expect(decide(load) { $0.stepUp = 70 }.pods == 70)
        let made = LastScaleUp(id: "a", age: .seconds(59))
        #expect(decide(load, WorkerCounts(running: 70, lastScaleUp: made)).pods == 0)
        #expect(
            decide(load, WorkerCounts(running: 70, lastScaleUp: LastScaleUp(id: "a", age: .seconds(60)))).pods == 930)
        #expect(decide(load, WorkerCounts(running: 1200)).pods == 0)
    }

    @Test("a small number of missing pods is ignored")
    func smallNumberOfMissingPods_isIgnored() {
        let load = QueueLoad(ready: 110, leased: 0)
        #expect(decide(load, WorkerCounts(running: 100)) { $0.tolerance = 0.1 }.pods == 0)
        #expect(decide(load, WorkerCounts(running: 99)) { $0.tolerance = 0.1 }.pods == 11)
    }

    @Test("the tolerance gives fewer pods, except if the number of jobs alone determines it")
    func tolerance_givesFewerPods() {
        let load = QueueLoad(ready: 7200, leased: 0, runTime: .seconds(110))
        #expect(decide(load) { $0.tolerance = 0.1 }.pods == 200)
        #expect(decide(load).pods == 220)
        #expect(decide(QueueLoad(ready: 30, leased: 0)) { $0.tolerance = 0.1 }.pods == 30)
        #expect(decide(QueueLoad(ready: 30, leased: 0, runTime: .seconds(7200))) { $0.tolerance = 0.1 }.pods == 30)
    }

    @Test("a run time estimated a fifth too long gives less than a tenth too many pods", arguments: 1...50)
    func overestimatedRunTime_givesFewSurplusPods(hundreds: Int) {
        let (jobs, runTime) = (hundreds * 100, 90.0)
        let needed = Double(jobs) * runTime / 3600
        let load = QueueLoad(ready: jobs, leased: 0, runTime: .seconds(runTime * 1.2))
        let pods = decide(load) { $0.tolerance = ScalingPolicy().tolerance }.pods
        // Plus one for rounding up.
        #expect(Double(pods) < needed * 1.1 + 1)
    }

    @Test(
        "no pods are added for a queue that is paused, drained or at its budget",
        arguments: [ControlState.pause, .drain, .stop])
    func heldQueue_getsNoPods(state: ControlState) {
        #expect(decide(QueueLoad(ready: 50, leased: 0, control: state)).pods == 0)
        #expect(decide(QueueLoad(ready: 50, leased: 4, budget: 4)).wanted == 4)
        #expect(decide(QueueLoad(ready: 50, leased: 4, budget: 10)).wanted == 10)
        #expect(decide(QueueLoad(ready: 50, leased: 0, budget: 0)).pods == 0)
    }

    @Test("no pods are added while pods cannot be scheduled or Jobs fail")
    func unschedulablePodsAndFailedJobs_stopAdditions() {
        let load = QueueLoad(ready: 50, leased: 0)
        #expect(decide(load, WorkerCounts(pending: 3, unschedulable: 1)).pods == 0)
        #expect(decide(load, WorkerCounts(failedJobs: 3)).pods == 0)
        #expect(decide(load, WorkerCounts(failedJobs: 2)).pods == 50)
    }

    @Test("waiting pods without work are removed, running ones never")
    func waitingPodsWithoutWork_areRemoved() {
        let none = QueueLoad(ready: 0, leased: 0)
        #expect(decide(none, WorkerCounts(running: 5, pending: 7)).podsToRemove == 7)
        #expect(decide(none, WorkerCounts(running: 5)).podsToRemove == 0)
        #expect(decide(none, WorkerCounts(pending: 7)) { $0.stepDown = 3 }.podsToRemove == 3)
        let fresh = WorkerCounts(pending: 7, lastScaleUp: LastScaleUp(id: "a", age: .seconds(1)))
        #expect(decide(none, fresh).podsToRemove == 0)
    }

    @Test("removed pods are not added again", arguments: 1...40)
    func removedPods_areNotAddedAgain(ready: Int) {
        for total in 1...80 {
            let decision = decide(QueueLoad(ready: ready, leased: 0), WorkerCounts(pending: total))
            let after = WorkerCounts(pending: total + decision.pods - decision.podsToRemove)
            let next = decide(QueueLoad(ready: ready, leased: 0), after)
            #expect(next.pods == 0, "\(total) pods for \(ready) jobs")
            #expect(next.podsToRemove == 0, "\(total) pods for \(ready) jobs")
        }
    }

    @Test("a repeated decision has the same id, the next one another")
    func repeatedDecision_hasSameID() {
        let first = decide(QueueLoad(ready: 50, leased: 0))
        #expect(decide(QueueLoad(ready: 80, leased: 3)).id == first.id)
        let next = decide(
            QueueLoad(ready: 50, leased: 0), WorkerCounts(lastScaleUp: LastScaleUp(id: first.id, age: .zero)))
        #expect(next.id != first.id)
        #expect(first.id.count == 16)
        let other = ScalingDecision.decide(
            exploration: "mars", queue: "main", load: QueueLoad(ready: 50, leased: 0), live: WorkerCounts(),
            policy: ScalingPolicy())
        #expect(other.id != first.id)
    }

    @Test("an invalid policy is refused")
    func invalidPolicy_isRefused() {
        func refused(_ change: (inout ScalingPolicy) -> Void) -> Bool {
            var policy = ScalingPolicy()
            change(&policy)
            return (try? policy.validated()) == nil
        }
        #expect(refused { $0.minimum = 101 })
        #expect(refused { $0.maximum = -1 })
        #expect(refused { $0.jobsPerPod = 0 })
        #expect(refused { $0.stepUp = 0 })
        #expect(refused { $0.firstPods = 0 })
        #expect(refused { $0.tolerance = .nan })
        #expect(!refused { $0.maximum = 0 })
    }
}

@Suite("Worker counts")
struct WorkerCountsTests {
    @Test("the total includes running and pending pods")
    func total_includesPendingPods() {
        #expect(WorkerCounts(running: 3, pending: 2).total == 5)
    }
}

@Suite("Run time estimate")
struct RunTimeEstimateTests {
    private func rates(leased: Int, completed: Int) -> QueueRates {
        var rates = QueueRates()
        rates.leased = leased
        rates.completed = completed
        return rates
    }

    private func estimate(
        leased: Int = 100, workers: Int? = nil, meanAge: Double = 1000, minute: (Int, Int) = (0, 0),
        hour: (Int, Int) = (0, 0)
    ) -> Duration? {
        RunTimeEstimate.runTime(
            leased: leased, workers: workers ?? leased, meanAge: .seconds(meanAge),
            lastMinute: rates(leased: minute.0, completed: minute.1),
            lastHour: rates(leased: hour.0, completed: hour.1), limit: .seconds(3600))
    }

    @Test("the run time is unknown while nothing is leased or nothing has been completed")
    func withoutLeasesOrCompletions_isUnknown() {
        #expect(estimate(leased: 0, hour: (50, 50)) == nil)
        #expect(estimate(hour: (100, 0)) == nil)
    }

    @Test("with a constant number of leases, it is that number divided by the completions per second")
    func constantLeases_followLittlesLaw() {
        #expect(estimate(hour: (600, 600)) == .seconds(600))
        #expect(estimate(minute: (25, 25), hour: (600, 600)) == .seconds(240))
        // Too few completions in a minute.
        #expect(estimate(minute: (10, 10), hour: (600, 600)) == .seconds(600))
    }

    @Test("it is at most twice the mean age of the leases, and at most the limit")
    func estimate_isLimitedByAgeAndPolicy() {
        #expect(estimate(meanAge: 30, hour: (110, 10)) == .seconds(60))
        #expect(estimate(meanAge: 1e6, hour: (101, 1)) == .seconds(3600))
    }

    @Test("if a worker holds several jobs, each counts for its share")
    func severalJobsPerWorker_shareItsTime() {
        #expect(estimate(leased: 200, workers: 100, hour: (1200, 1200)) == .seconds(300))
        #expect(estimate(leased: 64, workers: 1, meanAge: 0.05, hour: (10_000, 10_000)) == .seconds(0.1 / 64))
    }

    @Test("busy workers are counted by their leases, and extrapolated beyond the examined ones")
    func busyWorkers_areExtrapolated() {
        func lease(_ number: Int, by consumer: Int) -> HeldLease {
            HeldLease(
                id: "\(number)", consumer: "w-\(consumer)", token: FencingToken(rawValue: UInt64(number)), age: .zero,
                timeLeft: .seconds(1), note: "")
        }
        let ten = (0..<10).map { lease($0, by: $0 / 2) }
        #expect(QueueReportReader.workers(holding: 10, known: ten) == 5)
        #expect(QueueReportReader.workers(holding: 1000, known: ten) == 500)
        #expect(QueueReportReader.workers(holding: 0, known: []) == 0)
        // Some leases ended between the two requests.
        #expect(QueueReportReader.workers(holding: 8, known: ten) == 5)
    }
}
