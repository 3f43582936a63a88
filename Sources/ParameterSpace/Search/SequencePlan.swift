internal import Support

/// The strategies that determine their points in advance.
package enum SequencePlan: Hashable, Sendable {
    /// Every combination of the axes' values.
    ///
    /// - Parameter stride: for each axis, the distance between the values taken, counted from the smallest.
    case grid(stride: [Int])
    /// Sobol's points, each moved down to the nearest values of the axes.
    case sobol(points: Int, scrambling: SobolSequence.Scrambling, seed: UInt64)
    /// A Latin hypercube: n points, of which each axis has one in each n-th of its values. M. D. McKay, R. J. Beckman
    /// and W. J. Conover, "A Comparison of Three Methods for Selecting Values of Input Variables …", Technometrics 21
    /// (1979), 239-245.
    case latinHypercube(points: Int, seed: UInt64)
    /// The points of a list.
    case list(PointList)

    /// The largest number of points in a plan.
    package static let maxCount = Int(UInt32.max)

    /// The plan in a space; `nil` if an axis has too many values or the plan has too many points.
    func sequence(in space: Space) -> (any PointSequence)? {
        if case .list(let list) = self { return ListSequence(points: list.points) }
        guard let cube = GridCube(space) else { return nil }
        switch self {
        case .grid(let stride):
            return GridSequence(cube: cube, stride: stride)
        case .sobol(let points, let scrambling, let seed):
            guard cube.dimensions <= SobolSequence.maxDimensions else { return nil }
            let sequence = SobolSequence(dimensions: cube.dimensions, scrambling: scrambling, seed: seed)
            return SobolPoints(cube: cube, sequence: sequence, count: points)
        case .latinHypercube(let points, let seed):
            return LatinHypercube(cube: cube, count: points, seed: seed)
        case .list:
            return nil
        }
    }
}

/// The axes' values of a space by index, from which sequences choose.
struct GridCube: Sendable {
    private let space: Space
    private let lines: [(parameter: Int, grid: AxisGrid)]

    /// `nil` if the space has no axes, or an axis has no values or too many.
    init?(_ space: Space) {
        var lines: [(parameter: Int, grid: AxisGrid)] = []
        for (index, axis) in space.axes {
            guard let grid = AxisGrid(axis) else { return nil }
            lines.append((index, grid))
        }
        guard !lines.isEmpty else { return nil }
        self.space = space
        self.lines = lines
    }

    var dimensions: Int { lines.count }

    /// The number of values of each axis.
    var counts: [Int] { lines.map(\.grid.count) }

    /// - Parameter indices: the index of a value on each axis.
    func point(at indices: [Int]) -> Point? {
        var values = space.parameters.map(\.start)
        for (line, index) in zip(lines, indices) { values[line.parameter] = line.grid.value(at: index) }
        return space.point(completing: values)
    }
}

/// Every combination of the axes' values; the last axis varies fastest.
struct GridSequence: PointSequence {
    private let cube: GridCube
    private let stride: [Int]
    private let counts: [Int]
    let count: Int

    /// `nil` if there are more points than ``SequencePlan/maxCount``.
    init?(cube: GridCube, stride: [Int]) {
        self.cube = cube
        self.stride = stride
        counts = zip(cube.counts, stride).map { ($0 + $1 - 1) / $1 }
        var product = 1
        for count in counts {
            let (next, overflow) = product.multipliedReportingOverflow(by: count)
            guard !overflow, next <= SequencePlan.maxCount else { return nil }
            product = next
        }
        count = product
    }

    func point(at index: Int) -> Point? {
        var rest = index
        var indices = counts
        for axis in counts.indices.reversed() {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: counts[axis])
            indices[axis] = remainder * stride[axis]
            rest = quotient
        }
        return cube.point(at: indices)
    }
}

/// A Latin hypercube on the values of the axes.
struct LatinHypercube: PointSequence {
    private let cube: GridCube
    private let permutations: [IndexPermutation]
    private let seed: UInt64
    let count: Int

    init(cube: GridCube, count: Int, seed: UInt64) {
        self.cube = cube
        self.count = count
        self.seed = seed
        permutations = (0..<cube.dimensions).map {
            IndexPermutation(count: count, key: SplitMix64.mix(seed, UInt64($0)))
        }
    }

    func point(at index: Int) -> Point? {
        let numbers = zip(permutations.enumerated(), cube.counts).map { line, values in
            let (axis, permutation) = line
            let jitter = SplitMix64.unit(SplitMix64.mix(seed, UInt64(axis), UInt64(index), 1))
            let place = (Double(permutation[index]) + jitter) / Double(count)
            return min(values - 1, Int(place * Double(values)))
        }
        return cube.point(at: numbers)
    }
}

/// A permutation of 0 ..< count that is computed, not stored.
///
/// A Feistel network of four rounds permutes the numbers with an even count of bits; a result beyond the end is
/// permuted again until it is in range ("cycle walking": J. Black and P. Rogaway, "Ciphers with Arbitrary Finite
/// Domains", CT-RSA 2002). Fewer than four attempts are needed on average.
struct IndexPermutation: Sendable {
    private let count: UInt64
    private let halfBits: UInt64
    private let key: UInt64

    /// - Precondition: `count` is at least 1.
    init(count: Int, key: UInt64) {
        precondition(count >= 1, "there is nothing to permute")
        self.count = UInt64(count)
        let bits = UInt64(64 - (self.count - 1).leadingZeroBitCount)
        halfBits = max(1, (bits + 1) / 2)
        self.key = key
    }

    /// - Parameter index: 0 ..< count.
    subscript(index: Int) -> Int {
        var value = UInt64(index)
        repeat { value = round(value) } while value >= count
        return Int(value)
    }

    private func round(_ value: UInt64) -> UInt64 {
        let mask = (1 << halfBits) - 1 as UInt64
        var (left, right) = (value >> halfBits, value & mask)
        for number in 0..<4 as Range<UInt64> {
            (left, right) = (right, left ^ (SplitMix64.mix(key, number, right) & mask))
        }
        return left << halfBits | right
    }
}

/// The points of a list.
struct ListSequence: PointSequence {
    let points: [Point]

    var count: Int { points.count }

    func point(at index: Int) -> Point? {
        points[index]
    }
}
