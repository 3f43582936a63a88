#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A Gaussian process over a few observations around a place.
///
/// The covariance is that of a plane of unknown height and slope plus a Matérn function of smoothness 5/2 for what bends
/// (C. E. Rasmussen and C. K. I. Williams, "Gaussian Processes for Machine Learning", MIT Press 2006, section 4.2):
///
///     k(x, y) = h² + s² (x - c)·(y - c) + a² (1 + √5 r + 5 r²/3) exp(-√5 r),   r = |x - y| / l
///
/// Its parameters are fixed, in steps of the lattice, because the latent quantity is a distance in steps: its slope is
/// about 1, and an edge with a radius of curvature of R steps leaves its tangent plane by d²/2R after d steps.
struct LocalGaussianProcess {
    struct Observation {
        /// Relative to the centre c, in steps.
        let place: [Double]
        let value: Double
        /// The standard deviation of what the value may be wrong by.
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

    private let observations: [Observation]
    private let factor: CholeskyFactor
    private let weights: [Double]

    /// In n³/6 + O(n²) steps for n observations; nil without any.
    init?(_ observations: [Observation]) {
        guard !observations.isEmpty,
            let factor = CholeskyFactor(
                size: observations.count,
                element: { row, column in
                    let covariance = Self.covariance(observations[row].place, observations[column].place)
                    return row == column ? covariance + observations[row].error * observations[row].error : covariance
                })
        else { return nil }
        self.observations = observations
        self.factor = factor
        weights = factor.solved(observations.map(\.value))
    }

    /// The mean there, in O(n) steps.
    func mean(at place: [Double]) -> Double {
        var mean = 0.0
        for (observation, weight) in zip(observations, weights) {
            mean += weight * Self.covariance(observation.place, place)
        }
        return mean
    }

    /// Mean and standard deviation there, in O(n²) steps.
    func prediction(at place: [Double]) -> Prediction {
        let covariances = observations.map { Self.covariance($0.place, place) }
        let mean = zip(weights, covariances).reduce(0) { $0 + $1.0 * $1.1 }
        let explained = factor.solvedForwards(covariances).reduce(0) { $0 + $1 * $1 }
        return Prediction(mean: mean, deviation: max(0, Self.covariance(place, place) - explained).squareRoot())
    }

    private static func covariance(_ left: [Double], _ right: [Double]) -> Double {
        var product = 0.0
        var square = 0.0
        for index in left.indices {
            product += left[index] * right[index]
            let difference = left[index] - right[index]
            square += difference * difference
        }
        let distance = (5 * square).squareRoot() / length
        let bending = (1 + distance + distance * distance / 3) * exp(-distance)
        return height * height + slope * slope * product + amplitude * amplitude * bending
    }
}
