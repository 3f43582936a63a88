internal import ParameterSpace
internal import Support

/// What workers do: lease a point, run it, report; and what happens when they are lost.
extension RingSimulation {
    /// The bound of the first wait after a failure, doubled with each, and the greatest; in seconds.
    private static let backoff = (base: 1.0, cap: 60.0)
    /// A run that lasts longer is announced to the ledger.
    private static let announcedRun = 1.0

    /// Gives points to workers that have none.
    mutating func dispatch() {
        while main.count > 0, isGranted, let place = crew.nextIdle(), let point = main.next() {
            begin(point, at: place)
        }
    }

    /// Whether the budget allows for another run. Of the number of points, what is under way counts.
    private var isGranted: Bool {
        guard budgetSpent == nil else { return false }
        return settings.limit.map { counts.finished + crew.busyCount + abandoned < $0 } ?? true
    }

    private mutating func begin(_ point: PointRegister.Number, at place: UInt32) {
        let isStable = oracle.judge(points.point(point)).isStable
        notes[Int(point)].isStable = isStable
        let distribution = isStable ? settings.runTime : settings.unstableRunTime ?? settings.runTime
        var duration = distribution.draw(&runTimes)
        var end = Crew.RunEnd.verdict
        if settings.failures.value > 0, mishaps.unit() < settings.failures.value {
            // At any moment of the run.
            duration *= mishaps.unit()
            end = .failure
        }
        if let limit = settings.wallTime, duration > limit {
            duration = limit
            end = .timeOut
        }
        crew.start(place, on: point, at: now, end: end)
        counts.attempts += 1
        if duration >= Self.announcedRun {
            runningMessages += 1
            jobs += 1
        }
        agenda.plan(
            .runEnds, at: now + duration + settings.overhead, place, generation: crew.generations[Int(place)])
    }

    mutating func endRun(_ place: UInt32) {
        let elapsed = now - crew.starts[Int(place)] - settings.overhead
        let end = crew.ends[Int(place)]
        guard let point = crew.end(place) else { return }
        crew.becomesIdle(place)
        spent.overhead += settings.overhead
        if end == .verdict {
            spent.useful += elapsed
            if notes[Int(point)].isStable { counts.stable += 1 } else { counts.unstable += 1 }
            tries[point] = nil
            results.append(point)
            return
        }
        spent.failed += elapsed
        counts.failed += 1
        if end == .timeOut { counts.timedOut += 1 }
        errorMessages += 1
        jobs += 1
        tries[point, default: Tries()].failures += 1
        let failures = tries[point]?.failures ?? 1
        if failures >= settings.attempts {
            giveUp(point)
        } else {
            delayed += 1
            let bound = min(Self.backoff.cap, Self.backoff.base * Double(1 << min(failures - 1, 30)))
            agenda.plan(.retryIsDue, at: now + bound * mishaps.unit(), point)
        }
    }

    mutating func retry(_ point: PointRegister.Number) {
        delayed -= 1
        main.append(point, priority: notes[Int(point)].priority)
    }

    mutating func arrive(_ place: UInt32) {
        crew.arrive(place)
        guard settings.preemption.perSecond > 0 else { return }
        agenda.plan(
            .workerIsLost, at: now + losses.exponential() / settings.preemption.perSecond, place,
            generation: crew.generations[Int(place)])
    }

    mutating func lose(_ place: UInt32) {
        let start = crew.starts[Int(place)]
        counts.lostWorkers += 1
        if let point = crew.leave(place) {
            spent.preempted += now - start
            counts.preempted += 1
            if settings.givesNotice {
                main.putBack(point, priority: notes[Int(point)].priority)
            } else {
                // The lease was extended three times in each lease time.
                let beat = settings.leaseTime / 3
                let lastBeat = start + ((now - start) / beat).rounded(.down) * beat
                abandoned += 1
                agenda.plan(.leaseEnds, at: max(now, lastBeat + settings.leaseTime), point)
            }
        }
        agenda.plan(.workerArrives, at: now + settings.replacement.draw(&losses), place)
    }

    /// Takes a point back whose worker was lost.
    mutating func reclaim(_ point: PointRegister.Number) {
        abandoned -= 1
        tries[point, default: Tries()].crashes += 1
        if (tries[point]?.crashes ?? 1) >= settings.attempts {
            giveUp(point)
        } else {
            main.append(point, priority: notes[Int(point)].priority)
        }
    }

    /// The point becomes a dead letter, and a notice of it goes to the ledger.
    private mutating func giveUp(_ point: PointRegister.Number) {
        tries[point] = nil
        counts.givenUp += 1
        errorMessages += 1
    }
}
