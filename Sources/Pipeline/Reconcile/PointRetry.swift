internal import ExplorationFile
internal import LeaseQueue
internal import ParameterSpace
package import RunLedger

/// Retries points at the user's request.
package struct PointRetry: Sendable {
    let ring: Ring
    /// The number of points that are handled at a time.
    private let page = 500

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// The number of points, by what was done about them.
    package struct Report: Sendable, Equatable {
        /// Dead letters that are ready again.
        package var revived = 0
        /// Points in state `error` that had no job.
        package var requeued = 0
        /// Points that have a verdict, or a job that will run anyway.
        package var skipped = 0
    }

    /// - Parameters:
    ///   - filter: the runs to retry.
    ///   - isDryRun: whether to change nothing.
    ///   - report: receives the code (or the hash) of each point before it is retried.
    package func run(_ filter: RunFilter, isDryRun: Bool, report: (String) -> Void) async throws -> Report {
        var result = Report()
        let runs = try await ring.ledger.runs(in: ring.definition.table, filter, columns: ["hash"])
        while case let rows = try await runs.next(upTo: page), !rows.isEmpty {
            let hashes = rows.compactMap { $0[0].textValue.flatMap { PointHash($0) } }
            let plan = try await plan(for: hashes)
            plan.names.forEach(report)
            result.revived += plan.deadPoints
            result.requeued += plan.requeued.count
            result.skipped += plan.skipped
            if !isDryRun { try await carryOut(plan) }
        }
        return result
    }

    /// The changes for a page of points.
    private struct Plan {
        /// The ids of the dead letters to revive, by queue.
        var revived: [QueueName: [String]] = [:]
        var deadPoints = 0
        var requeued: [Job] = []
        var skipped = 0
        /// The codes (or hashes) of the points to retry.
        var names: [String] = []
    }

    private func plan(for hashes: [PointHash]) async throws -> Plan {
        var plan = Plan()
        var dead: Set<PointHash> = []
        var busy: Set<PointHash> = []
        for queue in JobLocator.allQueues {
            for (hash, state) in zip(hashes, try await ring.queues.states(of: hashes.map(\.description), in: queue)) {
                switch state {
                case .dead:
                    plan.revived[queue, default: []].append(hash.description)
                    dead.insert(hash)
                case nil: break
                default: busy.insert(hash)
                }
            }
        }
        plan.deadPoints = dead.count
        let decision = RepairDecision(definition: ring.definition)
        for (hash, point) in zip(hashes, try await ring.ledgerPoints(hashes)) {
            if dead.contains(hash) {
                plan.names.append(point?.code ?? hash.description)
            } else if let point, point.state == .error, !busy.contains(hash), let job = decision.job(toRun: point) {
                plan.requeued.append(job)
                plan.names.append(point.code ?? hash.description)
            } else {
                plan.skipped += 1
            }
        }
        return plan
    }

    private func carryOut(_ plan: Plan) async throws {
        for (queue, ids) in plan.revived {
            _ = try await ring.queues.retryDead(ids: ids, in: queue)
        }
        _ = try await ring.queues.enqueue(plan.requeued, to: RingQueues.main)
    }
}
