/// How much of an edge a search that begins with a coarse grid has found of what it is to find.
///
/// The lines of the coarse grid cross the edge at a number of places, of which each stands for as many on the grid that is
/// probed as that has lines for one of the coarse. Places of an inside count in the same way.
package struct EdgeProgress: Hashable, Sendable {
    /// Places of the edge that are known, and that are expected in all.
    package let found: Double
    package let expected: Double
    /// The relative standard error of what is expected.
    package let error: Double
    /// Whether the coarse grid has stopped growing, and is fine enough to tell what is expected.
    package let isTelling: Bool
    /// Runs that were spent on the edge: all but those of the coarse grid.
    package let runs: Int
    /// How many points the region has, its edge included, where its inside is to be filled; otherwise nil.
    package let whole: Double?

    /// Of the places of an edge that ``Adaptive`` settles, nine tenths to seven tenths show along the axis that counts
    /// them: the others are settled by pairs along another. Measured on balls and necks in two and three dimensions.
    private static let settledShare = (mean: 0.8, error: 0.2)
    /// What the counts of a finer grid differ by from what a coarse one tells, beyond chance.
    private static let modelError = 0.1
    /// Unstable points that are run for each place of the edge, since many are neighbours of several stable ones.
    private static let outsidePerPlace = 0.75

    /// - Parameters:
    ///   - scans: of all axes, with the search's grids, come to their end.
    ///   - finished: points that have been run.
    package init?(_ grids: EdgeGrids, scans: [EdgeScan], finished: Int) {
        let lines = scans.compactMap(\.lines)
        guard let first = lines.first else { return nil }
        let sample = Double(lines.reduce(0) { $0 + $1.coarse })
        let stable = Double(first.coarseStable)
        let places = sample * grids.linesOfCoarse(probed: grids.probed ?? 0)
        let (share, model) = grids.probed == nil ? Self.settledShare : (1, Self.modelError)
        found = lines.reduce(0) { $0 + Double($1.found) }
        expected = places * share
        // Of points in a region fewer are there by chance than of places on an edge.
        let chance = grids.fills ? 1 / (2 * stable) : 1 / sample
        error = sample > 0 && stable > 0 ? (chance + model * model).squareRoot() : .infinity
        // Where most coarse points are cut off from their neighbours, the region is thinner than the grid is fine.
        isTelling =
            !lines.contains { $0.open > 0 } && sample > 0 && sample < Double(grids.lattice.dimensions) * stable
        runs = max(0, finished - first.coarsePoints)
        whole =
            grids.fills
            ? stable * grids.placesOfCoarse + sample * grids.linesOfCoarse(probed: 0) * Self.outsidePerPlace : nil
    }

    /// The share of the edge that is known, at most 1.
    package var share: Double { expected > 0 ? min(1, found / expected) : 0 }
}
