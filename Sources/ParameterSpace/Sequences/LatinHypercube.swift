internal import Support

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
