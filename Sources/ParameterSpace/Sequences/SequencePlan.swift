/// The strategies that lay out their points beforehand.
package enum SequencePlan: Hashable, Sendable {
    /// Every combination of the axes' values.
    ///
    /// - Parameter every: for each axis, that only every so many-th value is taken, counted from the lowest.
    case grid(every: [Int])
    /// Sobol's points, each moved to the axes' values next below.
    case sobol(points: Int, scrambling: SobolSequence.Scrambling, seed: UInt64)
    /// A Latin hypercube: of n points, each axis has one in each n-th of its values. M. D. McKay, R. J. Beckman and
    /// W. J. Conover, "A Comparison of Three Methods for Selecting Values of Input Variables …", Technometrics 21
    /// (1979), 239-245.
    case latinHypercube(points: Int, seed: UInt64)
    /// These points.
    case list(PointList)

    /// The most points that a plan has.
    package static let largestCount = Int(UInt32.max)

    /// The plan in a space; nil where an axis has too many values to be numbered, or the plan too many points.
    func sequence(in space: Space) -> (any PointSequence)? {
        if case .list(let list) = self { return ListSequence(points: list.points) }
        guard let cube = GridCube(space) else { return nil }
        switch self {
        case .grid(let every):
            return GridSequence(cube: cube, every: every)
        case .sobol(let points, let scrambling, let seed):
            guard cube.dimensions <= SobolSequence.largestDimension else { return nil }
            let sequence = SobolSequence(dimensions: cube.dimensions, scrambling: scrambling, seed: seed)
            return SobolPoints(cube: cube, sequence: sequence, count: points)
        case .latinHypercube(let points, let seed):
            return LatinHypercube(cube: cube, count: points, seed: seed)
        case .list:
            return nil
        }
    }
}
