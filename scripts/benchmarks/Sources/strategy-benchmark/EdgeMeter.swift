internal import ParameterSpace
internal import Simulation

/// Measures the fraction of a region's edge that a search has found.
///
/// The edge is all points of the full grid that have a neighbour, one step along one axis, with the other verdict. An
/// edge point is *found within one step* once two neighbours with different verdicts have been run, one of them at most
/// one step away from it on every axis. It is found *exactly* once it is itself one of two such neighbours.
struct EdgeMeter {
    let edgeCount: Int
    private(set) var found = 0
    private(set) var foundExactly = 0

    private let size: Int
    private let dimensions: Int
    private let strides: [Int]
    private let around: [[Int]]
    /// Bits: 1 on the edge, 2 found within one step, 4 found exactly, 8 run, 16 stable.
    private var marks: [UInt8]

    init(_ region: SyntheticRegion) {
        size = region.size
        dimensions = region.dimensions
        var strides: [Int] = [1]
        for _ in 1..<dimensions { strides.append(strides[strides.count - 1] * region.size) }
        self.strides = strides
        around = (0..<dimensions).reduce([[]]) { moves, _ in moves.flatMap { move in [-1, 0, 1].map { move + [$0] } } }
        let total = strides[dimensions - 1] * size
        var stable = [Bool](repeating: false, count: total)
        for index in 0..<total {
            stable[index] = region.isStable(strides.map { index / $0 % region.size })
        }
        marks = [UInt8](repeating: 0, count: total)
        for index in 0..<total {
            for (axis, stride) in strides.enumerated() where index / stride % size < size - 1 {
                if stable[index] != stable[index + strides[axis]] {
                    marks[index] |= 1
                    marks[index + stride] |= 1
                }
            }
        }
        edgeCount = marks.count { $0 & 1 == 1 }
    }

    /// Records a run.
    mutating func add(_ place: [Int], isStable: Bool) {
        let index = number(place)
        marks[index] |= isStable ? 24 : 8
        for axis in 0..<dimensions {
            for direction in [-1, 1] where (0..<size).contains(place[axis] + direction) {
                let other = index + direction * strides[axis]
                guard marks[other] & 8 != 0, (marks[other] & 16 != 0) != isStable else { continue }
                var neighbour = place
                neighbour[axis] += direction
                for end in [place, neighbour] { find(around: end) }
            }
        }
    }

    private mutating func find(around place: [Int]) {
        let centre = number(place)
        if marks[centre] & 4 == 0 {
            marks[centre] |= 4
            foundExactly += 1
        }
        for move in around {
            var index = 0
            var inside = true
            for axis in 0..<dimensions {
                let coordinate = place[axis] + move[axis]
                inside = inside && coordinate >= 0 && coordinate < size
                index += coordinate * strides[axis]
            }
            guard inside, marks[index] & 3 == 1 else { continue }
            marks[index] |= 2
            found += 1
        }
    }

    private func number(_ place: [Int]) -> Int {
        zip(place, strides).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
