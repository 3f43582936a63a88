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

    /// - Precondition: `coarse` and `spacing` are powers of two, the second not the greater; resolutions are at least 1.
    package init(resolution: [Int], coarse: Int = 8, spacing: Int = 2, interior: Interior = .coarse) {
        precondition(
            coarse > 0 && coarse & (coarse - 1) == 0 && spacing > 0 && spacing & (spacing - 1) == 0
                && spacing <= coarse && resolution.allSatisfy { $0 >= 1 }, "the steps of a frontier are powers of two")
        self.resolution = resolution
        self.coarse = coarse
        self.spacing = spacing
        self.interior = interior
    }

    /// The same, with the inside of the region left at the coarse grid.
    package var withoutInterior: Frontier {
        Frontier(resolution: resolution, coarse: coarse, spacing: spacing, interior: .coarse)
    }
}
