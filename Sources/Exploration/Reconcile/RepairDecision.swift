internal import LeaseQueue
package import ParameterSpace
internal import RunLedger

/// What to do about what the ledger and the queues say. Pure: what was read comes in, what is to be put into the queues
/// comes out.
struct RepairDecision: Sendable {
    let definition: ExplorationDefinition

    /// Whether the ledger says that somebody is still to run the point: it waits, is being run, or waits for its next
    /// attempt. A point that was given up does not, until a person retries it.
    static func isOpen(_ point: LedgerPoint) -> Bool {
        switch point.state {
        case .queued, .running: true
        case .error: !point.isGivenUp
        case .completed: false
        }
    }

    /// The job that puts a point into `main` again; nil where the ledger does not know which point it is. It does once
    /// a stable neighbour has proposed it.
    func job(toRun point: LedgerPoint) -> Job? {
        guard let code = point.code, let hash = PointHash(bytes: point.hash) else { return nil }
        return job(hash: hash, code: code, parent: point.parent.flatMap { PointHash(bytes: $0) })
    }

    /// The jobs that propose points which the search has reached and the ledger lacks.
    ///
    /// - Parameters:
    ///   - stable: stable points; a point proposes each of its neighbours.
    ///   - known: what the ledger has of the given points, one for each.
    func proposals(
        from stable: [LedgerPoint], known: ([PointHash]) async throws -> [LedgerPoint?]
    ) async throws -> [Job] {
        var codes: [String] = []
        var parents: [PointHash] = []
        var hashes: [PointHash] = []
        var seen: Set<PointHash> = []
        for point in stable {
            guard let code = point.code, let parent = PointHash(bytes: point.hash) else { continue }
            for neighbour in definition.neighbours(of: try definition.space.point(code: code)) {
                let hash = definition.space.hash(of: neighbour)
                guard seen.insert(hash).inserted else { continue }
                hashes.append(hash)
                codes.append(neighbour.code)
                parents.append(parent)
            }
        }
        let found = try await known(hashes)
        // A row without a code was made on a worker's word; a proposal fills in what it lacks.
        return hashes.indices.filter { found[$0]?.code == nil }.map {
            job(hash: hashes[$0], code: codes[$0], parent: parents[$0])
        }
    }

    /// The job that proposes a start point.
    func proposal(ofStart point: Point) -> Job {
        job(hash: definition.space.hash(of: point), code: point.code, parent: nil)
    }

    /// The ids of jobs whose point has its verdict already.
    static func superfluous(_ ids: [PointHash], known: [LedgerPoint?]) -> [PointHash] {
        zip(ids, known).filter { $1?.state == .completed }.map(\.0)
    }

    private func job(hash: PointHash, code: String, parent: PointHash?) -> Job {
        Job(
            id: hash.description,
            payload: RingMessage.point(PointMessage(code: code, parent: parent?.description)).payload())
    }
}

extension ExplorationDefinition {
    /// The points that the search goes on to from a stable point.
    package func neighbours(of point: Point) -> [Point] {
        guard case .flood(let flood) = strategy else { return [] }
        return flood.neighbourhood.neighbours(of: point, in: space)
    }

    /// The most neighbours that a point has.
    var largestNeighbourCount: Int {
        guard case .flood(let flood) = strategy else { return 1 }
        return flood.neighbourhood.largestCount(axes: space.axes.count)
    }
}
