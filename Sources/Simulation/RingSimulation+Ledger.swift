internal import DequeModule
internal import ParameterSpace

/// The state of an sql-client.
struct SQLClientState {
    /// The queues that it drains in turn, results first.
    enum Source: Int, CaseIterable {
        case results, errors, running, proposals
    }

    struct Batch {
        let source: Source
        /// The points of results and proposals.
        var points: [PointTable.Number] = []
        /// The number of messages.
        let count: Int
    }

    var batch: Batch?
    /// The source of the next turn.
    var turn = 0
    /// The batch limit of each source. It grows with the queue, within a time limit.
    private var limits = [Int](repeating: minBatch, count: Source.allCases.count)

    private static let minBatch = 100
    private static let maxBatch = 4_000
    /// In seconds.
    private static let maxBatchTime = 3.0

    func limit(of source: Source) -> Int { limits[source.rawValue] }

    /// Adapts the limit after a batch, as sql-client does.
    mutating func learn(from batch: Batch, lasting duration: Double) {
        let limit = limit(of: batch.source)
        if duration > Self.maxBatchTime {
            limits[batch.source.rawValue] = max(1, batch.count / 2)
        } else if batch.count >= limit {
            limits[batch.source.rawValue] = min(limit * 2, Self.maxBatch)
        } else if batch.count < limit / 2 {
            limits[batch.source.rawValue] = max(Self.minBatch, limit / 2)
        }
    }
}

/// The sql-clients: they write proposals and results to the ledger and forward points.
extension RingSimulation {
    /// Lets idle sql-clients begin a transaction.
    mutating func startTransactions() {
        for number in sqlClients.indices where sqlClients[number].batch == nil {
            guard let batch = nextBatch(number) else { return }
            let duration = settings.costs.transaction + settings.costs.message * Double(batch.count)
            sqlClientTime += duration
            sqlClients[number].batch = batch
            sqlClients[number].learn(from: batch, lasting: duration)
            events.plan(.sqlClientIsDone, at: now + duration, UInt32(number))
        }
    }

    private mutating func nextBatch(_ client: Int) -> SQLClientState.Batch? {
        let all = SQLClientState.Source.allCases
        for _ in all {
            let source = all[sqlClients[client].turn]
            sqlClients[client].turn = (sqlClients[client].turn + 1) % all.count
            if let batch = take(sqlClients[client].limit(of: source), from: source) { return batch }
        }
        return nil
    }

    private mutating func take(_ limit: Int, from source: SQLClientState.Source) -> SQLClientState.Batch? {
        var batch: SQLClientState.Batch
        switch source {
        case .results:
            let points = Array(results.prefix(limit))
            results.removeFirst(points.count)
            resultsInWork += points.count
            batch = SQLClientState.Batch(source: source, points: points, count: points.count)
        case .proposals:
            let points = proposals.popFirst(upTo: limit)
            proposalsInWork += points.count
            batch = SQLClientState.Batch(source: source, points: points, count: points.count)
        case .errors:
            batch = SQLClientState.Batch(source: source, count: min(errorMessages, limit))
            errorMessages -= batch.count
        case .running:
            batch = SQLClientState.Batch(source: source, count: min(runningMessages, limit))
            runningMessages -= batch.count
        }
        return batch.count > 0 ? batch : nil
    }

    mutating func endTransaction(_ number: Int) {
        guard let batch = sqlClients[number].batch else { return }
        sqlClients[number].batch = nil
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

    private mutating func record(_ point: PointTable.Number) {
        flags[Int(point)].isRecorded = true
        switch search {
        case .local(let search) where search.expandsUnstablePoints || flags[Int(point)].isStable:
            explore.append(point)
        case .global:
            finished.append(oracle.judge(points.point(point)))
            jobs -= 1
        case .local, .sequence:
            jobs -= 1
        }
    }

    private mutating func insert(_ point: PointTable.Number) {
        flags[Int(point)].isProposed = false
        guard !flags[Int(point)].isInLedger else {
            counts.repeatedProposals += 1
            jobs -= 1
            return
        }
        flags[Int(point)].isInLedger = true
        known += 1
        main.append(point, priority: flags[Int(point)].priority)
    }
}
