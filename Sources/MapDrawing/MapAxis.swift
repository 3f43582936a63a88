/// One axis of a ``MapChart``. Its range follows from the data.
package struct MapAxis: Sendable, Equatable {
    /// How values are laid out along an axis.
    package enum Scale: Sendable, Equatable {
        /// Equal differences are equally far apart.
        case linear
        /// Equal ratios are equally far apart; values at or below zero have no place.
        case logarithmic
    }

    /// The name of the quantity. Chemical formulas (`CO2`) get their subscripts, `^2` becomes a superscript.
    package var label: String
    /// Its unit, shown in brackets; may be empty.
    package var unit: String
    /// How values are laid out.
    package var scale: Scale
    /// The distance between neighbouring points: in the axis' unit, on a logarithmic axis in decades. Nil: it follows
    /// from the data.
    package var step: Double?

    /// An axis with this label.
    package init(label: String, unit: String = "", scale: Scale = .linear, step: Double? = nil) {
        self.label = label
        self.unit = unit
        self.scale = scale
        self.step = step
    }
}
