internal import ParameterSpace

/// The points that a point may start from, those at one distance after the other.
struct WarmStartChoice: Sendable {
    /// Those that have not had their turn, the farthest first.
    private var rest: [[Point]]
    /// The stable point that proposed this one; nil where none did. It starts from that where nothing is better.
    private let proposer: PointHash?
    /// Those whose turn it is, the best first: of equally near ones the one with the least hash.
    private(set) var candidates: [PointHash] = []
    /// Whether none are left that would be better than the proposer.
    private(set) var isOver = false

    init(rest: [[Point]], proposer: PointHash?) {
        self.rest = rest
        self.proposer = proposer
    }

    /// Goes on to the next distance.
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
