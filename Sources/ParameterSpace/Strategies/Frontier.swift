/// The edge of the stable region first: coarse steps find it, halving makes it sharp, and it is followed along its
/// length.
///
/// Distances are counted in units: one unit is the resolution of an axis.
package struct Frontier: Hashable, Sendable {
    /// What becomes of the inside of the region.
    package enum Interior: String, CaseIterable, Hashable, Sendable {
        /// It is run at every grid point too, but only where nothing else is to be done.
        case fill
        /// It is left at the coarse grid.
        case coarse
    }

    /// How sharp the edge gets: for each axis, how many of its steps may lie between the stable and the unstable side.
    package let resolution: [Int]
    /// How coarse the first grid is, in units; a power of two.
    package let coarse: Int
    /// How far apart the edge is probed along its length, in units; a power of two, at most ``coarse``.
    package let spacing: Int
    package let interior: Interior
    /// How many units may lie between the two sides in the end; a power of two, at most ``coarse``.
    package let tolerance: Int

    /// - Precondition: `coarse`, `spacing` and `tolerance` are powers of two, the first the greatest; resolutions are at
    ///   least 1.
    package init(
        resolution: [Int], coarse: Int = 8, spacing: Int = 2, interior: Interior = .coarse, tolerance: Int = 1
    ) {
        precondition(
            [coarse, spacing, tolerance].allSatisfy { $0 > 0 && $0 & ($0 - 1) == 0 && $0 <= coarse }
                && resolution.allSatisfy { $0 >= 1 }, "the steps of a frontier are powers of two")
        self.resolution = resolution
        self.coarse = coarse
        self.spacing = spacing
        self.interior = interior
        self.tolerance = tolerance
    }

    /// The same, with no more asked of it than an edge that is known to so many units, and its inside left at the coarse
    /// grid.
    ///
    /// - Parameter tolerance: a power of two; more than ``coarse`` means as much.
    package func resolved(within tolerance: Int) -> Frontier {
        let tolerance = min(tolerance, coarse)
        return Frontier(
            resolution: resolution, coarse: coarse, spacing: max(spacing, tolerance), interior: .coarse,
            tolerance: max(self.tolerance, tolerance))
    }
}
