internal import LeaseQueue
internal import Support

/// How a worker goes through its points.
extension Worker {
    /// Something that it waits for while it has work.
    enum Event: Sendable {
        /// The work on a batch of an exploration has ended.
        case batch(Int, BatchRunner.Result)
        /// It is time to look again whether a batch should be taken ahead.
        case look
    }

    func work(_ keepers: [LeaseKeeper]) async throws -> End {
        let end = await withTaskGroup(of: Event.self) { group in
            let end = await Result { try await goThrough(&group, keepers) }
            group.cancelAll()
            // Whatever ended the worker: what it was running is given back.
            while let event = await group.next() {
                guard case .batch(let index, let batch) = event else { continue }
                _ = try? await report(batch, to: index, leasesNext: 0)
            }
            return end
        }
        return try end.get()
    }

    /// Takes batches and works on them: one at a time, or two where runs have files to move. One model runs at a time;
    /// the files of the other batch are fetched, or kept, meanwhile.
    private func goThrough(_ group: inout TaskGroup<Event>, _ keepers: [LeaseKeeper]) async throws -> End {
        let modelLock = AsyncMutex()
        let looksAhead = sources.contains(where: \.movesFiles)
        var shift = WorkShift(weights: sources.map(\.weight))
        var tally = WorkTally(most: settings.maximumJobs)
        var ahead = AheadPace()
        var emptySince: ContinuousClock.Instant?
        var held: Held?
        if let point = settings.point {
            let reply = try await lease(point)
            guard !reply.leases.isEmpty else { return reply.control == .run ? .pointNotReady : .control(reply.control) }
            held = (0, reply.leases)
        }
        while true {
            if tally.batches == 0 {
                if held == nil { held = try await take(&shift, atMost: tally.rest) }
                if let end = shift.end {
                    if let held { try await giveBack(held.leases, to: held.index) }
                    return .control(end)
                }
                guard held != nil else {
                    if try await areFinished(shift.open) {
                        let since = emptySince ?? .now
                        if since.duration(to: .now) >= settings.idleLimit { return .idle }
                        emptySince = since
                    } else {
                        emptySince = nil
                    }
                    held = try await wait(&shift, atMost: tally.rest)
                    continue
                }
            } else if held == nil, tally.batches == 1, ahead.isDue, tally.rest > 0 {
                held = try await take(&shift, atMost: tally.rest, ahead: true)
                ahead.note(took: held != nil)
            }
            if let (index, leases) = held {
                emptySince = nil
                held = nil
                tally.began(leases.count)
                group.addTask { [sources] in
                    .batch(
                        index, await sources[index].batches.run(leases, keeper: keepers[index], modelLock: modelLock))
                }
                if looksAhead, tally.batches == 1 { continue }
            }
            if looksAhead, tally.batches == 1, let pause = ahead.pauseToTake() {
                group.addTask {
                    try? await Task.sleep(for: pause)
                    return .look
                }
            }
            guard case .batch(let index, let batch)? = await group.next() else {
                ahead.becomeDue()
                continue
            }
            tally.ended(batch)
            held = try await next(after: batch, of: index, &shift, tally)
            if tally.batches == 0, held == nil, tally.rest == 0 { return .maximumJobs }
        }
    }

    /// Reports a batch, and takes the next one where nothing else is being run and it is the same exploration's turn.
    ///
    /// - Throws: `CancellationError` where the worker is to end.
    private func next(
        after batch: BatchRunner.Result, of index: Int, _ shift: inout WorkShift, _ tally: WorkTally
    ) async throws -> Held? {
        shift.charge(index, runs: batch.outcomes.count, elapsed: batch.elapsed)
        let goesOn = tally.batches == 0 && (batch.end == .ran || batch.end == .lost) && shift.isNext(index)
        let reply = try await report(batch, to: index, leasesNext: goesOn ? min(shift.size(index), tally.rest) : 0)
        if goesOn { shift.note(index, reply) }
        if batch.end == .interrupted { throw CancellationError() }
        if batch.end == .stopped { shift.close(index, .stop) }
        return try await admitted(reply, of: index, shift)
    }
}
