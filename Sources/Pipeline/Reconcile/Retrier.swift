internal import ExplorationFile
internal import LeaseQueue
internal import ParameterSpace
package import RunLedger

/// Tries points again on a person's wish.
package struct Retrier: Sendable {
    let ring: Ring
    /// How many points are looked at at a time.
    private let page = 500

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// What became of the points that were meant.
    package struct Report: Sendable, Equatable {
        /// Dead letters that are ready again.
        package var revived = 0
        /// Points in state `error` that had no job.
        package var requeued = 0
        /// Points that have a verdict, or a job that will be taken up anyway.
        package var skipped = 0
    }

    /// - Parameters:
    ///   - filter: which runs are meant.
    ///   - isDryRun: whether nothing is changed.
    ///   - report: is told the code (or the hash) of each point before it is tried again.
    package func run(_ filter: RunFilter, isDryRun: Bool, report: (String) -> Void) async throws -> Report {
        var result = Report()
        let runs = try await ring.ledger.runs(in: ring.definition.table, filter, columns: ["hash"])
        while case let rows = try await runs.next(upTo: page), !rows.isEmpty {
            let hashes = rows.compactMap { $0[0].textValue.flatMap { PointHash($0) } }
            try await retry(hashes, isDryRun, report, &result)
        }
        return result
    }

    private func retry(
        _ hashes: [PointHash], _ isDryRun: Bool, _ report: (String) -> Void, _ result: inout Report
    ) async throws {
        var dead: [QueueName: [PointHash]] = [:]
        var busy: Set<PointHash> = []
        for queue in PointPlaces.all {
            for (hash, state) in zip(hashes, try await ring.queues.states(of: hashes.map(\.description), in: queue)) {
                switch state {
                case .dead: dead[queue, default: []].append(hash)
                case nil: break
                default: busy.insert(hash)
                }
            }
        }
        let deadPoints = Set(dead.values.joined())
        let points = try await ring.ledgerPoints(hashes)
        let decision = RepairDecision(definition: ring.definition)
        let requeued = zip(hashes, points).compactMap { hash, point in
            point?.state == .error && !busy.contains(hash) && !deadPoints.contains(hash)
                ? point.flatMap(decision.job) : nil
        }
        for (hash, point) in zip(hashes, points) where deadPoints.contains(hash) {
            report(point?.code ?? hash.description)
        }
        let ids = Set(requeued.map(\.id))
        for point in points.compactMap(\.self) {
            if let hash = PointHash(bytes: point.hash), ids.contains(hash.description) {
                report(point.code ?? hash.description)
            }
        }
        result.skipped += hashes.count - deadPoints.count - requeued.count
        result.revived += deadPoints.count
        result.requeued += requeued.count
        guard !isDryRun else { return }
        for (queue, letters) in dead {
            _ = try await ring.queues.retryDead(ids: letters.map(\.description), in: queue)
        }
        _ = try await ring.queues.enqueue(requeued, to: RingQueues.main)
    }
}
