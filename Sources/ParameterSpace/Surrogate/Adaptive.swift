/// A search that learns where the edge is: each finished point improves a probabilistic model of it, and the next points
/// are those that tell most about where it runs on.
///
/// The model is a local Gaussian process (R. B. Gramacy and D. W. Apley, "Local Gaussian Process Approximation for Large
/// Computer Experiments", J. Comput. Graph. Stat. 24 (2015), 561-578): what is said of a place follows from the nearest
/// finished points alone. Its latent quantity is the signed distance to the edge, in steps. Points are chosen by the
/// straddle heuristic 1.96 σ - |μ| (B. Bryan, J. Schneider, R. C. Nichol, C. J. Miller, C. R. Genovese and L. Wasserman,
/// "Active Learning For Identifying Function Threshold Boundaries", NIPS 18 (2005), 163-170); places within one step of
/// a pair of points that straddle the edge are settled and asked about no more, as in A. Gotovos, N. Casati, G. Hitz
/// and A. Krause, "Active Learning for Level Set Estimation", IJCAI 2013, 1344-1350.
package struct Adaptive: Hashable, Sendable {
    /// What has the edge that is looked for.
    package enum Target: Hashable, Sendable {
        /// The edge between stable and unstable points.
        case verdict
        /// Where an output, by its place in the declared order, passes a level; points without it tell nothing.
        case output(Int, level: Double)
    }

    /// How sharp the edge gets: for each axis, how many of its steps may lie between its two sides.
    package let resolution: [Int]
    /// How coarse the grid is that finds the edge in the first place, in units of the resolution; a power of two.
    package let coarse: Int
    /// How many points are proposed at once.
    package let batch: Int
    package let target: Target

    /// - Precondition: `coarse` is a power of two, resolutions and the batch are at least 1.
    package init(resolution: [Int], coarse: Int = 8, batch: Int = 32, target: Target = .verdict) {
        precondition(
            coarse > 0 && coarse & (coarse - 1) == 0 && batch >= 1 && resolution.allSatisfy { $0 >= 1 },
            "the steps of an adaptive search are powers of two")
        self.resolution = resolution
        self.coarse = coarse
        self.batch = batch
        self.target = target
    }
}
