internal import Support

/// Sobol's low-discrepancy points in the unit cube.
package struct SobolSequence: Sendable {
    /// How the points are randomised without losing their even spread.
    package enum Scrambling: String, CaseIterable, Hashable, Sendable {
        /// Not at all: the published points, the first of which is the corner 0.
        case none
        /// Nested uniform scrambling: each binary digit is turned or not depending on all digits before it. A. B. Owen,
        /// "Randomly permuted (t,m,s)-nets and (t,s)-sequences", in: Monte Carlo and Quasi-Monte Carlo Methods in
        /// Scientific Computing, Springer (1995), 299-317.
        case owen
        /// A digital shift: the same digits are turned in all points.
        case shift
    }

    /// The most dimensions there are direction numbers for.
    package static let largestDimension = SobolDirections.dimensions

    private let directions: [[UInt32]]
    private let scrambling: Scrambling
    private let seed: UInt64

    /// - Parameters:
    ///   - dimensions: 1 … ``largestDimension``.
    ///   - seed: decides on the scrambling.
    package init(dimensions: Int, scrambling: Scrambling = .owen, seed: UInt64 = 0) {
        precondition(
            (1...Self.largestDimension).contains(dimensions), "there are no direction numbers for so many axes")
        directions = (0..<dimensions).map(SobolDirections.numbers)
        self.scrambling = scrambling
        self.seed = seed
    }

    /// The point with this number, from 0, in the order of Gray's code as Joe and Kuo publish it; each coordinate is a
    /// multiple of 2⁻³².
    package func point(_ number: UInt32) -> [UInt32] {
        let gray = number ^ (number >> 1)
        return directions.indices.map { dimension in
            var coordinate: UInt32 = 0
            for bit in 0..<SobolDirections.bits where gray >> UInt32(bit) & 1 == 1 {
                coordinate ^= directions[dimension][bit]
            }
            return scrambled(coordinate, UInt64(dimension))
        }
    }

    private func scrambled(_ coordinate: UInt32, _ dimension: UInt64) -> UInt32 {
        switch scrambling {
        case .none:
            return coordinate
        case .shift:
            return coordinate ^ UInt32(truncatingIfNeeded: SplitMix64.mix(seed, dimension))
        case .owen:
            var turned: UInt32 = 0
            for depth in 0..<UInt64(SobolDirections.bits) {
                // The digits before this one, with a one in front that tells 0 from 00.
                let before = depth == 0 ? 1 : UInt64(coordinate >> UInt32(32 - depth)) | 1 << depth
                turned = turned << 1 | UInt32(truncatingIfNeeded: SplitMix64.mix(seed, dimension, before) & 1)
            }
            return coordinate ^ turned
        }
    }
}
