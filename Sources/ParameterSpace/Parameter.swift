/// A named input of the model.
package struct Parameter: Hashable, Sendable {
    /// What kind of quantity it is.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A mixing ratio, 0…1; all mixing ratios of a point together are at most 1.
        case mixingRatio = "mixing_ratio"
        /// Any other number.
        case scalar
    }

    /// How it gets its value.
    package enum Role: Hashable, Sendable {
        /// The search moves along it.
        case axis(Axis)
        /// It keeps its start value.
        case fixed
        /// It is whatever makes the sum of the mixing ratios 1, rounded to a number of decimals.
        case filler(decimals: Int)
    }

    package let name: String
    package let kind: Kind
    package let role: Role
    /// The value at the start point; of a filler, what is left there.
    package let start: ExactDecimal
    /// The unit, `mol/mol` for a mixing ratio; for column comments, axes and legends.
    package let unit: String
    package let description: String

    package init(
        name: String, kind: Kind, role: Role, start: ExactDecimal, unit: String, description: String
    ) {
        self.name = name
        self.kind = kind
        self.role = role
        self.start = start
        self.unit = unit
        self.description = description
    }
}
