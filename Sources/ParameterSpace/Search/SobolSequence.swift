internal import Support

/// Sobol's low-discrepancy points in the unit cube.
package struct SobolSequence: Sendable {
    /// The randomisation, which preserves the even spread.
    package enum Scrambling: String, CaseIterable, Hashable, Sendable {
        /// None: the published points, the first of which is the corner 0.
        case none
        /// Nested uniform scrambling: each binary digit is flipped or not, depending on all digits before it. A. B.
        /// Owen, "Randomly permuted (t,m,s)-nets and (t,s)-sequences", in: Monte Carlo and Quasi-Monte Carlo Methods in
        /// Scientific Computing, Springer (1995), 299-317.
        case owen
        /// A digital shift: the same digits are flipped in all points.
        case shift
    }

    /// The number of dimensions with direction numbers.
    package static let maxDimensions = SobolDirections.dimensions

    private let directions: [[UInt32]]
    private let scrambling: Scrambling
    private let seed: UInt64

    /// - Parameters:
    ///   - dimensions: 1 … ``maxDimensions``.
    ///   - seed: determines the scrambling.
    package init(dimensions: Int, scrambling: Scrambling = .owen, seed: UInt64 = 0) {
        precondition(
            (1...Self.maxDimensions).contains(dimensions),
            "there are direction numbers for at most \(Self.maxDimensions) axes")
        directions = (0..<dimensions).map(SobolDirections.numbers)
        self.scrambling = scrambling
        self.seed = seed
    }

    /// The point with this number, from 0, in the Gray-code order that Joe and Kuo publish; each coordinate is a
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
                // The digits before this one, with a leading one that distinguishes 0 from 00.
                let before = depth == 0 ? 1 : UInt64(coordinate >> UInt32(32 - depth)) | 1 << depth
                turned = turned << 1 | UInt32(truncatingIfNeeded: SplitMix64.mix(seed, dimension, before) & 1)
            }
            return coordinate ^ turned
        }
    }
}

/// Sobol's points on the values of the axes.
struct SobolPoints: PointSequence {
    let cube: GridCube
    let sequence: SobolSequence
    let count: Int

    func point(at index: Int) -> Point? {
        let numbers = zip(sequence.point(UInt32(index)), cube.counts).map { coordinate, count in
            // The fraction coordinate/2³² of `count`, in integers: below `count`, without rounding.
            Int((UInt64(coordinate) * UInt64(count)) >> 32)
        }
        return cube.point(at: numbers)
    }
}

/// The direction numbers of Sobol's sequence by Joe and Kuo.
///
/// S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci. Comput.
/// 30 (2008), 2635-2654; the table is the beginning of their file `new-joe-kuo-6.21201`
/// (https://web.maths.unsw.edu.au/~fkuo/sobol/).
enum SobolDirections {
    /// The number of dimensions in the table.
    static let dimensions = rows.count + 1

    /// The number of binary digits in a coordinate.
    static let bits = 32

    /// The direction numbers v₁ … v₃₂ of a dimension, each with its binary point before the highest bit.
    static func numbers(ofDimension dimension: Int) -> [UInt32] {
        // The first dimension is van der Corput's sequence.
        guard dimension > 0 else { return (0..<bits).map { 1 << UInt32(bits - 1 - $0) } }
        let row = rows[dimension - 1]
        let degree = row.initial.count
        var numbers = row.initial.enumerated().map { $1 << UInt32(bits - 1 - $0) }
        for index in degree..<bits {
            var number = numbers[index - degree] ^ (numbers[index - degree] >> UInt32(degree))
            for term in 1..<max(degree, 1) where row.polynomial >> UInt32(degree - 1 - term) & 1 == 1 {
                number ^= numbers[index - term]
            }
            numbers.append(number)
        }
        return numbers
    }

    /// For each dimension from the second: the inner coefficients a of its primitive polynomial, and m₁ … mₛ.
    private static let rows: [(polynomial: UInt32, initial: [UInt32])] = [
        (0, [1]),
        (1, [1, 3]),
        (1, [1, 3, 1]),
        (2, [1, 1, 1]),
        (1, [1, 1, 3, 3]),
        (4, [1, 3, 5, 13]),
        (2, [1, 1, 5, 5, 17]),
        (4, [1, 1, 5, 5, 5]),
        (7, [1, 1, 7, 11, 19]),
        (11, [1, 1, 5, 1, 1]),
        (13, [1, 1, 1, 3, 11]),
        (14, [1, 3, 5, 5, 31]),
        (1, [1, 3, 3, 9, 7, 49]),
        (13, [1, 1, 1, 15, 21, 21]),
        (16, [1, 3, 1, 13, 27, 49]),
        (19, [1, 1, 1, 15, 7, 5]),
        (22, [1, 3, 1, 15, 13, 25]),
        (25, [1, 1, 5, 5, 19, 61]),
        (1, [1, 3, 7, 11, 23, 15, 103]),
        (4, [1, 3, 7, 13, 13, 15, 69]),
        (7, [1, 1, 3, 13, 7, 35, 63]),
        (8, [1, 3, 5, 9, 1, 25, 53]),
        (14, [1, 3, 1, 13, 9, 35, 107]),
        (19, [1, 3, 1, 5, 27, 61, 31]),
        (21, [1, 1, 5, 11, 19, 41, 61]),
        (28, [1, 3, 5, 3, 3, 13, 69]),
        (31, [1, 1, 7, 13, 1, 19, 1]),
        (32, [1, 3, 7, 5, 13, 19, 59]),
        (37, [1, 1, 3, 9, 25, 29, 41]),
        (41, [1, 3, 5, 13, 23, 1, 55]),
        (42, [1, 3, 7, 3, 13, 59, 17]),
        (50, [1, 3, 1, 3, 5, 53, 69]),
        (55, [1, 1, 5, 5, 23, 33, 13]),
        (56, [1, 1, 7, 7, 1, 61, 123]),
        (59, [1, 1, 7, 9, 13, 61, 49]),
        (62, [1, 3, 3, 5, 3, 55, 33]),
        (14, [1, 3, 1, 15, 31, 13, 49, 245]),
        (21, [1, 3, 5, 15, 31, 59, 63, 97]),
        (22, [1, 3, 1, 11, 11, 11, 77, 249]),
    ]
}
