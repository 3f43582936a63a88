internal import ParameterSpace
internal import Support

/// The workers: they lease points, run them and report; and they may be lost.
extension RingSimulation {
    /// The bound of the first wait after a failure, doubled with each failure, and its cap; in seconds.
    private static let backoff = (base: 1.0, cap: 60.0)
    /// A run of at least this length reports its start to the ledger.
    private static let reportedRunTime = 1.0

    /// Gives waiting points to idle workers.
    mutating func dispatch() {
        while main.count > 0, isGranted, let slot = workers.nextIdle(), let point = main.popFirst() {
            begin(point, at: slot)
        }
    }

    /// Whether the budget allows another run. Running points count towards the limit on points.
    private var isGranted: Bool {
        guard budgetSpent == nil else { return false }
        return settings.limit.map { counts.finished + workers.busyCount + abandoned < $0 } ?? true
    }

    private mutating func begin(_ point: PointTable.Number, at slot: UInt32) {
        let isStable = oracle.judge(points.point(point)).isStable
        flags[Int(point)].isStable = isStable
        let distribution = isStable ? settings.runTime : settings.unstableRunTime ?? settings.runTime
        var duration = distribution.draw(&randomRunTimes)
        var end = WorkerPool.RunEnd.verdict
        if settings.failures.value > 0, randomFailures.unit() < settings.failures.value {
            // The failure happens at a random moment of the run.
            duration *= randomFailures.unit()
            end = .failure
        }
        if let limit = settings.wallTime, duration > limit {
            duration = limit
            end = .timeOut
        }
        workers.start(slot, on: point, at: now, end: end)
        counts.attempts += 1
        if duration >= Self.reportedRunTime {
            runningMessages += 1
            jobs += 1
        }
        events.plan(
            .runEnds, at: now + duration + settings.overhead, slot, generation: workers.generations[Int(slot)])
    }

    mutating func endRun(_ slot: UInt32) {
        let elapsed = now - workers.starts[Int(slot)] - settings.overhead
        let end = workers.ends[Int(slot)]
        guard let point = workers.end(slot) else { return }
        workers.markIdle(slot)
        spent.overhead += settings.overhead
        if end == .verdict {
            spent.useful += elapsed
            if flags[Int(point)].isStable { counts.stable += 1 } else { counts.unstable += 1 }
            failureCounts[point] = nil
            results.append(point)
            return
        }
        spent.failed += elapsed
        counts.failed += 1
        if end == .timeOut { counts.timedOut += 1 }
        errorMessages += 1
        jobs += 1
        failureCounts[point, default: FailureCounts()].failures += 1
        let failures = failureCounts[point]?.failures ?? 1
        if failures >= settings.attempts {
            giveUp(point)
        } else {
            delayed += 1
            let bound = min(Self.backoff.cap, Self.backoff.base * Double(1 << min(failures - 1, 30)))
            events.plan(.retryIsDue, at: now + bound * randomFailures.unit(), point)
        }
    }

    mutating func retry(_ point: PointTable.Number) {
        delayed -= 1
        main.append(point, priority: flags[Int(point)].priority)
    }

    mutating func addWorker(_ slot: UInt32) {
        workers.arrive(slot)
        guard settings.preemption.perSecond > 0 else { return }
        events.plan(
            .workerIsLost, at: now + randomLosses.exponential() / settings.preemption.perSecond, slot,
            generation: workers.generations[Int(slot)])
    }

    mutating func loseWorker(_ slot: UInt32) {
        let start = workers.starts[Int(slot)]
        counts.lostWorkers += 1
        if let point = workers.leave(slot) {
            spent.preempted += now - start
            counts.preempted += 1
            if settings.givesNotice {
                main.prepend(point, priority: flags[Int(point)].priority)
            } else {
                // The lease was extended three times per lease time.
                let heartbeatInterval = settings.leaseTime / 3
                let lastHeartbeat = start + ((now - start) / heartbeatInterval).rounded(.down) * heartbeatInterval
                abandoned += 1
                events.plan(.leaseEnds, at: max(now, lastHeartbeat + settings.leaseTime), point)
            }
        }
        events.plan(.workerArrives, at: now + settings.replacement.draw(&randomLosses), slot)
    }

    /// Takes back the point of a lost worker.
    mutating func reclaim(_ point: PointTable.Number) {
        abandoned -= 1
        failureCounts[point, default: FailureCounts()].crashes += 1
        if (failureCounts[point]?.crashes ?? 1) >= settings.attempts {
            giveUp(point)
        } else {
            main.append(point, priority: flags[Int(point)].priority)
        }
    }

    /// Makes the point a dead letter and reports it to the ledger.
    private mutating func giveUp(_ point: PointTable.Number) {
        failureCounts[point] = nil
        counts.givenUp += 1
        errorMessages += 1
    }
}
