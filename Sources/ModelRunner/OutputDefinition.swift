/// A named number that each completed run of a model gives.
package struct OutputDefinition: Sendable, Hashable {
    /// The output's name in `result.json` and in the ledger, such as `surface_temperature`.
    package let name: String

    /// The unit, such as `K`; empty for a number without one.
    package let unit: String

    /// What the number is, in a few words.
    package let description: String

    /// Defines an output.
    package init(name: String, unit: String, description: String) {
        self.name = name
        self.unit = unit
        self.description = description
    }
}
