import LeaseQueue
import Testing

@testable import Scaler

struct ScalingDecisionTests {
    private func decide(
        _ work: QueueLoad, _ live: WorkerCounts = WorkerCounts(), _ change: (inout ScalingPolicy) -> Void = { _ in }
    ) -> ScalingDecision {
        var policy = ScalingPolicy()
        policy.maximum = 1000
        policy.stepUp = 1000
        policy.firstPods = 1000
        policy.targetTime = .seconds(3600)
        policy.tolerance = 0
        change(&policy)
        return ScalingDecision.decide(exploration: "earth", queue: "main", work: work, live: live, policy: policy)
    }

    @Test("there are as many pods as empty the queue in the target time")
    func target() {
        #expect(decide(QueueLoad(ready: 7200, leased: 0, runTime: .seconds(100))).pods == 200)
        #expect(decide(QueueLoad(ready: 7200, leased: 0, runTime: .seconds(100)), WorkerCounts(running: 150)).pods == 50)
        #expect(decide(QueueLoad(ready: 1, leased: 0, runTime: .seconds(1))).pods == 1)
    }

    @Test("no pod is made that no job, or too few, would be for")
    func jobsPerPod() {
        #expect(decide(QueueLoad(ready: 30, leased: 0)).pods == 30)
        #expect(decide(QueueLoad(ready: 30, leased: 0)) { $0.jobsPerPod = 20 }.pods == 2)
        #expect(decide(QueueLoad(ready: 30, leased: 0)) { $0.firstPods = 10 }.pods == 10)
        #expect(decide(QueueLoad(ready: 30, leased: 0, runTime: .seconds(7200))).pods == 30)
        #expect(decide(QueueLoad(ready: 2, leased: 0, runTime: .seconds(1))) { $0.minimum = 5 }.pods == 2)
        #expect(decide(QueueLoad(ready: 9, leased: 0, runTime: .seconds(1))) { $0.minimum = 5 }.pods == 5)
    }

    @Test("pods that wait are counted like those that run, so that none are made twice")
    func pending() {
        let work = QueueLoad(ready: 100, leased: 0)
        #expect(decide(work, WorkerCounts(running: 20, pending: 80)).pods == 0)
        #expect(decide(work, WorkerCounts(running: 20, pending: 30)).pods == 50)
    }

    @Test("neither the maximum nor a step is exceeded, and nothing is added while it cools down")
    func bounds() {
        let work = QueueLoad(ready: 5000, leased: 0)
        #expect(decide(work).pods == 1000)
        #expect(decide(work) { $0.stepUp = 70 }.pods == 70)
        let made = LastScaleUp(id: "a", age: .seconds(59))
        #expect(decide(work, WorkerCounts(running: 70, newest: made)).pods == 0)
        #expect(decide(work, WorkerCounts(running: 70, newest: LastScaleUp(id: "a", age: .seconds(60)))).pods == 930)
        #expect(decide(work, WorkerCounts(running: 1200)).pods == 0)
    }

    @Test("a small lack is none")
    func tolerance() {
        let work = QueueLoad(ready: 110, leased: 0)
        #expect(decide(work, WorkerCounts(running: 100)) { $0.tolerance = 0.1 }.pods == 0)
        #expect(decide(work, WorkerCounts(running: 99)) { $0.tolerance = 0.1 }.pods == 11)
    }

    @Test("the tolerance is spent on fewer pods, but never where the number of jobs alone says how many")
    func slowEdge() {
        let work = QueueLoad(ready: 7200, leased: 0, runTime: .seconds(110))
        #expect(decide(work) { $0.tolerance = 0.1 }.pods == 200)
        #expect(decide(work).pods == 220)
        #expect(decide(QueueLoad(ready: 30, leased: 0)) { $0.tolerance = 0.1 }.pods == 30)
        #expect(decide(QueueLoad(ready: 30, leased: 0, runTime: .seconds(7200))) { $0.tolerance = 0.1 }.pods == 30)
    }

    @Test("a run time that was taken for a fifth too long makes less than a tenth too many pods", arguments: 1...50)
    func overestimate(hundreds: Int) {
        let (jobs, runTime) = (hundreds * 100, 90.0)
        let needed = Double(jobs) * runTime / 3600
        let work = QueueLoad(ready: jobs, leased: 0, runTime: .seconds(runTime * 1.2))
        let pods = decide(work) { $0.tolerance = ScalingPolicy().tolerance }.pods
        // And the one that a part of a pod is rounded up to.
        #expect(Double(pods) < needed * 1.1 + 1)
    }

    @Test(
        "nothing is added for a queue that is paused, drained or at its limit",
        arguments: [ControlState.pause, .drain, .stop])
    func control(state: ControlState) {
        #expect(decide(QueueLoad(ready: 50, leased: 0, control: state)).pods == 0)
        #expect(decide(QueueLoad(ready: 50, leased: 4, budget: 4)).wanted == 4)
        #expect(decide(QueueLoad(ready: 50, leased: 4, budget: 10)).wanted == 10)
        #expect(decide(QueueLoad(ready: 50, leased: 0, budget: 0)).pods == 0)
    }

    @Test("nothing is added where pods find no node or Jobs fail")
    func stuck() {
        let work = QueueLoad(ready: 50, leased: 0)
        #expect(decide(work, WorkerCounts(pending: 3, unschedulable: 1)).pods == 0)
        #expect(decide(work, WorkerCounts(failedJobs: 3)).pods == 0)
        #expect(decide(work, WorkerCounts(failedJobs: 2)).pods == 50)
    }

    @Test("waiting pods without work are taken back, running ones never")
    func withdrawal() {
        let none = QueueLoad(ready: 0, leased: 0)
        #expect(decide(none, WorkerCounts(running: 5, pending: 7)).withdrawn == 7)
        #expect(decide(none, WorkerCounts(running: 5)).withdrawn == 0)
        #expect(decide(none, WorkerCounts(pending: 7)) { $0.stepDown = 3 }.withdrawn == 3)
        let fresh = WorkerCounts(pending: 7, newest: LastScaleUp(id: "a", age: .seconds(1)))
        #expect(decide(none, fresh).withdrawn == 0)
    }

    @Test("what is taken back is not added again: there is a gap between the two", arguments: 1...40)
    func gap(ready: Int) {
        for total in 1...80 {
            let decision = decide(QueueLoad(ready: ready, leased: 0), WorkerCounts(pending: total))
            let after = WorkerCounts(pending: total + decision.pods - decision.withdrawn)
            let next = decide(QueueLoad(ready: ready, leased: 0), after)
            #expect(next.pods == 0 && next.withdrawn == 0, "\(total) pods for \(ready) jobs")
        }
    }

    @Test("a decision repeated has the same id, whatever the queue holds by then; the next one has another")
    func identity() {
        let first = decide(QueueLoad(ready: 50, leased: 0))
        #expect(decide(QueueLoad(ready: 80, leased: 3)).id == first.id)
        let next = decide(QueueLoad(ready: 50, leased: 0), WorkerCounts(newest: LastScaleUp(id: first.id, age: .zero)))
        #expect(next.id != first.id)
        #expect(first.id.count == 16)
        let other = ScalingDecision.decide(
            exploration: "mars", queue: "main", work: QueueLoad(ready: 50, leased: 0), live: WorkerCounts(),
            policy: ScalingPolicy())
        #expect(other.id != first.id)
    }

    @Test("a policy that cannot be followed is refused")
    func policy() {
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
