internal import DequeModule
internal import ParameterSpace

/// What an sql-client has in hand.
struct LedgerDesk {
    /// The queues that it takes from in turn, results first.
    enum Source: Int, CaseIterable {
        case results, errors, running, proposals
    }

    struct Batch {
        let source: Source
        /// Of results and proposals.
        var points: [PointRegister.Number] = []
        /// How many messages there are.
        let count: Int
    }

    var batch: Batch?
    /// Where the next turn begins.
    var turn = 0
}

/// What sql-clients do: bring proposals and results into the ledger, and pass on what follows.
extension RingSimulation {
    /// The most messages of a transaction.
    private static let largestBatch = 4_000

    /// Lets idle sql-clients begin a transaction.
    mutating func serveLedger() {
        for number in desks.indices where desks[number].batch == nil {
            guard let batch = nextBatch(number) else { return }
            let duration = settings.costs.transaction + settings.costs.message * Double(batch.count)
            sqlClientTime += duration
            desks[number].batch = batch
            agenda.plan(.sqlClientIsDone, at: now + duration, UInt32(number))
        }
    }

    private mutating func nextBatch(_ desk: Int) -> LedgerDesk.Batch? {
        let all = LedgerDesk.Source.allCases
        for _ in all {
            let source = all[desks[desk].turn]
            desks[desk].turn = (desks[desk].turn + 1) % all.count
            if let batch = take(from: source) { return batch }
        }
        return nil
    }

    private mutating func take(from source: LedgerDesk.Source) -> LedgerDesk.Batch? {
        var batch: LedgerDesk.Batch
        switch source {
        case .results:
            let points = Array(results.prefix(Self.largestBatch))
            results.removeFirst(points.count)
            resultsInWork += points.count
            batch = LedgerDesk.Batch(source: source, points: points, count: points.count)
        case .proposals:
            let points = proposals.next(upTo: Self.largestBatch)
            proposalsInWork += points.count
            batch = LedgerDesk.Batch(source: source, points: points, count: points.count)
        case .errors:
            batch = LedgerDesk.Batch(source: source, count: min(errorMessages, Self.largestBatch))
            errorMessages -= batch.count
        case .running:
            batch = LedgerDesk.Batch(source: source, count: min(runningMessages, Self.largestBatch))
            runningMessages -= batch.count
        }
        return batch.count > 0 ? batch : nil
    }

    mutating func endTransaction(_ number: Int) {
        guard let batch = desks[number].batch else { return }
        desks[number].batch = nil
        switch batch.source {
        case .errors, .running:
            jobs -= batch.count
        case .results:
            resultsInWork -= batch.count
            for point in batch.points { record(point) }
        case .proposals:
            proposalsInWork -= batch.count
            for point in batch.points { insert(point) }
        }
    }

    private mutating func record(_ point: PointRegister.Number) {
        notes[Int(point)].isRecorded = true
        switch search {
        case .local(let search) where search.expandsUnstablePoints || notes[Int(point)].isStable:
            explore.append(point)
        case .global:
            finished.append(oracle.judge(points.point(point)))
            jobs -= 1
        case .local, .sequence:
            jobs -= 1
        }
    }

    private mutating func insert(_ point: PointRegister.Number) {
        notes[Int(point)].isProposed = false
        guard !notes[Int(point)].isInLedger else {
            counts.repeatedProposals += 1
            jobs -= 1
            return
        }
        notes[Int(point)].isInLedger = true
        known += 1
        main.append(point, priority: notes[Int(point)].priority)
    }
}
