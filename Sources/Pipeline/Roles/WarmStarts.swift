internal import ArtifactStore
internal import ExplorationFile
internal import ParameterSpace
internal import RunLedger
internal import Support

/// Chooses the point that a point's run starts from: of the stable points around it, and the one that it was reached
/// from, the nearest in steps. Of several equally near points it is the one with the least hash.
///
/// The choice is made when the point is inserted into the ledger, among the points that are stable then, and recorded
/// there as the point's parent.
struct WarmStarts: Sendable {
    private let definition: ExplorationDefinition
    private let search: Search
    private let grids: [(parameter: Int, grid: AxisGrid)]

    /// `nil` if no run of the exploration starts warm, because its model leaves no files or they are not kept.
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

    /// A proposed point, and the point that it was reached from.
    struct Proposed: Sendable {
        let point: Point
        let hash: PointHash
        let parent: PointHash?
    }

    /// The parents of the points, one for each.
    ///
    /// A point that is in the ledger keeps its parent. For each of the others, this looks up the points around it, the
    /// nearest first, as far as they would be preferred to the point's proposer, which is stable.
    func parents(
        of points: [Proposed], known: ([PointHash]) async throws -> [LedgerPoint?]
    ) async rethrows -> [PointHash?] {
        var parents: [PointHash?] = []
        var open: [(index: Int, choice: WarmStartChoice)] = []
        for (index, found) in try await known(points.map(\.hash)).enumerated() {
            parents.append(found.map { $0.parent.flatMap { PointHash(bytes: $0) } } ?? points[index].parent)
            if found == nil { open.append((index, choice(points[index]))) }
        }
        var stable: [PointHash: Bool] = [:]
        while !open.isEmpty {
            for number in open.indices { open[number].choice.advance(definition.space.hash) }
            open.removeAll { $0.choice.isOver }
            let asked = Array(Set(open.flatMap(\.choice.candidates)).filter { stable[$0] == nil })
            for (hash, found) in zip(asked, try await known(asked)) { stable[hash] = found?.verdict == .stable }
            open.removeAll { index, choice in
                guard let nearest = choice.candidates.first(where: { stable[$0] == true }) else { return false }
                parents[index] = nearest
                return true
            }
        }
        return parents
    }

    /// The points that a point may start from.
    private func choice(_ proposed: Proposed) -> WarmStartChoice {
        let around: [Point] =
            if case .local(let search) = search {
                search.origins(of: proposed.point) ?? []
            } else {
                definition.neighbours(of: proposed.point)
            }
        let distances = Dictionary(grouping: around) { distance($0, proposed.point) }
        return WarmStartChoice(
            rest: distances.sorted { $0.key > $1.key }.map(\.value), proposer: proposed.parent)
    }

    /// The distance in steps, along all axes together. Values off the grid count as far away.
    private func distance(_ left: Point, _ right: Point) -> Int {
        grids.reduce(0) { sum, line in
            guard let from = line.grid.index(of: left.values[line.parameter]),
                let to = line.grid.index(of: right.values[line.parameter])
            else { return sum + AxisGrid.maxCount }
            return sum + abs(from - to)
        }
    }
}

/// The points that a point may start from, one distance after the other.
struct WarmStartChoice: Sendable {
    /// The points at greater distances, the farthest first.
    private var rest: [[Point]]
    /// The stable point that proposed this one, if there is one. The point starts from it unless a better one is found.
    private let proposer: PointHash?
    /// The points at the present distance, sorted by their hashes.
    private(set) var candidates: [PointHash] = []
    /// Whether no point is left that would be better than the proposer.
    private(set) var isOver = false

    init(rest: [[Point]], proposer: PointHash?) {
        self.rest = rest
        self.proposer = proposer
    }

    /// Advances to the next distance.
    mutating func advance(_ hash: (Point) -> PointHash) {
        guard let next = rest.popLast() else {
            isOver = true
            candidates = []
            return
        }
        candidates = next.map(hash).sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        guard let place = candidates.firstIndex(where: { $0 == proposer }) else { return }
        candidates.removeSubrange(place...)
        rest = []
        isOver = candidates.isEmpty
    }
}
