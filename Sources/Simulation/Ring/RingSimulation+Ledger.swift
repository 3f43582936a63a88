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
    /// How many messages of each source it takes: more while more wait, within a time.
    private var limits = [Int](repeating: leastBatch, count: Source.allCases.count)

    private static let leastBatch = 100
    private static let greatestBatch = 4_000
    /// In seconds.
    private static let longestBatch = 3.0

    func limit(of source: Source) -> Int { limits[source.rawValue] }

    /// Learns from a batch, as sql-client does.
    mutating func learn(from batch: Batch, lasting duration: Double) {
        let limit = limit(of: batch.source)
        if duration > Self.longestBatch {
            limits[batch.source.rawValue] = max(1, batch.count / 2)
        } else if batch.count >= limit {
            limits[batch.source.rawValue] = min(limit * 2, Self.greatestBatch)
        } else if batch.count < limit / 2 {
            limits[batch.source.rawValue] = max(Self.leastBatch, limit / 2)
        }
    }
}

/// What sql-clients do: bring proposals and results into the ledger, and pass on what follows.
extension RingSimulation {
    /// Lets idle sql-clients begin a transaction.
    mutating func serveLedger() {
        for number in desks.indices where desks[number].batch == nil {
            guard let batch = nextBatch(number) else { return }
            let duration = settings.costs.transaction + settings.costs.message * Double(batch.count)
            sqlClientTime += duration
            desks[number].batch = batch
            desks[number].learn(from: batch, lasting: duration)
            agenda.plan(.sqlClientIsDone, at: now + duration, UInt32(number))
        }
    }

    private mutating func nextBatch(_ desk: Int) -> LedgerDesk.Batch? {
        let all = LedgerDesk.Source.allCases
        for _ in all {
            let source = all[desks[desk].turn]
            desks[desk].turn = (desks[desk].turn + 1) % all.count
            if let batch = take(desks[desk].limit(of: source), from: source) { return batch }
        }
        return nil
    }

    private mutating func take(_ most: Int, from source: LedgerDesk.Source) -> LedgerDesk.Batch? {
        var batch: LedgerDesk.Batch
        switch source {
        case .results:
            let points = Array(results.prefix(most))
            results.removeFirst(points.count)
            resultsInWork += points.count
            batch = LedgerDesk.Batch(source: source, points: points, count: points.count)
        case .proposals:
            let points = proposals.next(upTo: most)
            proposalsInWork += points.count
            batch = LedgerDesk.Batch(source: source, points: points, count: points.count)
        case .errors:
            batch = LedgerDesk.Batch(source: source, count: min(errorMessages, most))
            errorMessages -= batch.count
        case .running:
            batch = LedgerDesk.Batch(source: source, count: min(runningMessages, most))
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
