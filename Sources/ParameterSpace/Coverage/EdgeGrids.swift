/// The grids on which a search looks for an edge: the coarse one that it begins with, and the one on which it is done.
package struct EdgeGrids: Sendable {
    let lattice: Lattice
    /// The level of the coarsest grid; see ``FrontierRules``.
    let coarsest: Int
    /// The level of the grid whose lines all have to be probed; nil where it is enough that some line within a step is.
    let probed: Int?
    /// How many units may lie between two points of different verdicts in the end.
    let tolerance: Int
    /// Whether the inside is run at every place, too.
    let fills: Bool

    /// - Returns: nil where the strategy does not begin with a coarse grid.
    package init?(_ strategy: Strategy, in space: Space) {
        let units: [Int]
        switch strategy {
        case .frontier(let frontier):
            units = frontier.resolution
            coarsest = frontier.coarse.trailingZeroBitCount
            probed = frontier.spacing.trailingZeroBitCount
            tolerance = frontier.tolerance
            fills = frontier.interior == .fill
        case .adaptive(let adaptive):
            units = adaptive.resolution
            coarsest = adaptive.coarse.trailingZeroBitCount
            probed = nil
            tolerance = 1
            fills = false
        case .flood, .sequence:
            return nil
        }
        guard let lattice = Lattice(space, units: units) else { return nil }
        self.lattice = lattice
    }

    /// How many lines along an axis the grid of a level has for one of the coarsest.
    func linesOfCoarse(probed level: Int) -> Double {
        Double(sign: .plus, exponent: (coarsest - level) * (lattice.dimensions - 1), significand: 1)
    }

    /// How many places the lattice has for one of the coarsest grid.
    var placesOfCoarse: Double { Double(sign: .plus, exponent: coarsest * lattice.dimensions, significand: 1) }
}
