#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A Gaussian process over a few observations around a place.
///
/// The covariance is that of a plane of unknown height and slope plus a Matérn function of smoothness 5/2 for the
/// curvature (C. E. Rasmussen and C. K. I. Williams, "Gaussian Processes for Machine Learning", MIT Press 2006, section
/// 4.2):
///
///     k(x, y) = h² + s² (x - c)·(y - c) + a² (1 + √5 r + 5 r²/3) exp(-√5 r),   r = |x - y| / l
///
/// Its parameters are constants in steps of the lattice, because the latent quantity is a distance in steps: its slope
/// is about 1, and an edge with a radius of curvature of R steps leaves its tangent plane by d²/2R after d steps.
struct LocalGaussianProcess {
    struct Observation {
        /// Relative to the centre c, in steps.
        let place: [Double]
        let value: Double
        /// The standard error of the value.
        let error: Double
    }

    struct Prediction {
        let mean: Double
        let deviation: Double
    }

    private static let height = 3.0
    private static let slope = 1.0
    private static let amplitude = 1.5
    private static let length = 8.0

    private let dimensions: Int
    /// The observations' places, concatenated.
    private let places: [Double]
    private let factor: CholeskyFactor
    private let weights: [Double]

    /// Takes n³/6 + O(n²) operations for n observations; `nil` without observations.
    init?(_ observations: [Observation]) {
        guard let dimensions = observations.first?.place.count else { return nil }
        let places = observations.flatMap(\.place)
        let factor = places.withUnsafeBufferPointer { places in
            CholeskyFactor(size: observations.count) { row, column in
                let covariance = Self.covariance(
                    places[(row * dimensions)..<((row + 1) * dimensions)],
                    places[(column * dimensions)..<((column + 1) * dimensions)])
                return row == column ? covariance + observations[row].error * observations[row].error : covariance
            }
        }
        guard let factor else { return nil }
        self.dimensions = dimensions
        self.places = places
        self.factor = factor
        weights = factor.solved(observations.map(\.value))
    }

    /// The predicted mean, in O(n) operations.
    func mean(at place: [Double]) -> Double {
        zip(weights, covariances(with: place)).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The predicted mean and standard deviation, in O(n²) operations.
    func prediction(at place: [Double]) -> Prediction {
        let covariances = covariances(with: place)
        let mean = zip(weights, covariances).reduce(0) { $0 + $1.0 * $1.1 }
        let explained = factor.solvedForwards(covariances).reduce(0) { $0 + $1 * $1 }
        let own = place.withUnsafeBufferPointer { Self.covariance($0[...], $0[...]) }
        return Prediction(mean: mean, deviation: max(0, own - explained).squareRoot())
    }

    private func covariances(with place: [Double]) -> [Double] {
        places.withUnsafeBufferPointer { places in
            place.withUnsafeBufferPointer { place in
                weights.indices.map { number in
                    Self.covariance(places[(number * dimensions)..<((number + 1) * dimensions)], place[...])
                }
            }
        }
    }

    private static func covariance(
        _ left: Slice<UnsafeBufferPointer<Double>>, _ right: Slice<UnsafeBufferPointer<Double>>
    ) -> Double {
        var product = 0.0
        var square = 0.0
        for (left, right) in zip(left, right) {
            product += left * right
            square += (left - right) * (left - right)
        }
        let distance = (5 * square).squareRoot() / length
        let bending = (1 + distance + distance * distance / 3) * exp(-distance)
        return height * height + slope * slope * product + amplitude * amplitude * bending
    }
}

/// The lower triangular L of a symmetric positive definite matrix A = L Lᵀ.
struct CholeskyFactor {
    private let size: Int
    /// The lower triangle, row by row.
    private var rows: [Double]

    /// Takes n³/6 multiplications; `nil` if the matrix is not positive definite in floating point.
    ///
    /// - Parameter element: returns the element of a row and a column; called only for columns up to the row.
    init?(size: Int, element: (Int, Int) -> Double) {
        self.size = size
        rows = []
        rows.reserveCapacity(size * (size + 1) / 2)
        for row in 0..<size {
            let start = row * (row + 1) / 2
            for column in 0...row {
                let other = column * (column + 1) / 2
                var rest = element(row, column)
                for index in 0..<column { rest -= rows[start + index] * rows[other + index] }
                if column == row {
                    guard rest > 0 else { return nil }
                    rows.append(rest.squareRoot())
                } else {
                    rows.append(rest / rows[other + column])
                }
            }
        }
    }

    /// L⁻¹ b.
    func solvedForwards(_ right: [Double]) -> [Double] {
        var solution = right
        for row in 0..<size {
            let start = row * (row + 1) / 2
            var rest = solution[row]
            for index in 0..<row { rest -= rows[start + index] * solution[index] }
            solution[row] = rest / rows[start + row]
        }
        return solution
    }

    /// A⁻¹ b.
    func solved(_ right: [Double]) -> [Double] {
        var solution = solvedForwards(right)
        for row in (0..<size).reversed() {
            let value = solution[row] / rows[row * (row + 1) / 2 + row]
            solution[row] = value
            for index in 0..<row { solution[index] -= rows[row * (row + 1) / 2 + index] * value }
        }
        return solution
    }
}
