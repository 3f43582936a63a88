internal import ArtifactStore
internal import ParameterSpace
internal import RunLedger

/// Chooses what a point's run starts from: of the stable points around it, and the one that it was reached from, the
/// nearest in steps; of several, the one with the least hash.
///
/// The choice is made when the point is put in the ledger, by what is stable then, and recorded there as the point's
/// parent.
struct WarmStarts: Sendable {
    private let definition: ExplorationDefinition
    private let search: Search
    private let grids: [(parameter: Int, grid: AxisGrid)]

    /// Nil where no run of the exploration starts warm, because its model leaves no files or they are not kept.
    init?(_ definition: ExplorationDefinition) {
        let keepsFiles: Bool =
            switch definition.retention {
            case .all: !definition.model.artifacts.isEmpty
            case .warmStarts: true
            case .failures: false
            }
        guard keepsFiles else { return nil }
        self.definition = definition
        search = definition.search
        grids = definition.space.axes.compactMap { index, axis in
            AxisGrid(axis, start: definition.space.parameters[index].start).map { (index, $0) }
        }
    }

    /// A point that is proposed, and the point that it was reached from.
    struct Proposed: Sendable {
        let point: Point
        let hash: PointHash
        let parent: PointHash?
    }

    /// The parents of the points, one for each.
    ///
    /// A point that is in the ledger keeps the parent that it has there.
    func parents(
        of points: [Proposed], known: ([PointHash]) async throws -> [LedgerPoint?]
    ) async rethrows -> [PointHash?] {
        let found = try await known(points.map(\.hash))
        let origins: [[PointHash]] = zip(points, found).map { point, row in row == nil ? self.origins(of: point) : [] }
        let asked = Array(Set(origins.joined()))
        let stable = zip(asked, try await known(asked)).reduce(into: [PointHash: Point]()) { stable, pair in
            guard pair.1?.verdict == .stable, let code = pair.1?.code else { return }
            stable[pair.0] = try? definition.space.point(code: code)
        }
        return points.indices.map { index in
            if let row = found[index] { return row.parent.flatMap { PointHash(bytes: $0) } }
            let candidates = origins[index].compactMap { hash in stable[hash].map { (hash: hash, point: $0) } }
            return nearest(of: candidates, to: points[index].point) ?? points[index].parent
        }
    }

    /// Where a point may start from.
    private func origins(of proposed: Proposed) -> [PointHash] {
        let around: [Point] =
            if case .local(let search) = search {
                search.origins(of: proposed.point) ?? []
            } else {
                definition.neighbours(of: proposed.point)
            }
        return around.map(definition.space.hash) + (proposed.parent.map { [$0] } ?? [])
    }

    private func nearest(of candidates: [(hash: PointHash, point: Point)], to point: Point) -> PointHash? {
        candidates.map { (hash: $0.hash, distance: distance($0.point, point)) }.min { left, right in
            left.distance != right.distance
                ? left.distance < right.distance : left.hash.bytes.lexicographicallyPrecedes(right.hash.bytes)
        }?.hash
    }

    /// In steps, along all axes together. Values that are on no grid count as far away.
    private func distance(_ left: Point, _ right: Point) -> Int {
        grids.reduce(0) { sum, line in
            guard let from = line.grid.index(of: left.values[line.parameter]),
                let to = line.grid.index(of: right.values[line.parameter])
            else { return sum + AxisGrid.largestCount }
            return sum + abs(from - to)
        }
    }
}
